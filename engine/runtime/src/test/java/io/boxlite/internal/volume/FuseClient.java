package io.boxlite.internal.volume;

import io.boxlite.VolumeMode;
import io.boxlite.internal.host.Privileges;
import io.boxlite.internal.host.tree.HostError;
import io.boxlite.internal.host.tree.HostTree;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Speaks FUSE to a server, as the kernel of a guest does. */
final class FuseClient implements AutoCloseable {
  static final Owner USER = new Owner(1000, 100);

  final HostTree tree;
  final VolumeFiles files;
  final FuseServer server;
  private long unique = 2;
  private Owner caller = USER;

  FuseClient(Path directory, boolean readOnly) {
    this(directory, readOnly, Nodes.MAX_NODES);
  }

  FuseClient(Path directory, boolean readOnly, int maxNodes) {
    this(directory, readOnly ? VolumeMode.READ_ONLY : VolumeMode.READ_WRITE, maxNodes);
  }

  FuseClient(Path directory, VolumeMode mode, int maxNodes) {
    try {
      tree = HostTree.open(directory);
      Owners owners = new Owners(tree, (int) Privileges.ofThisProcess().uid(), USER);
      files = new VolumeFiles(tree, mode, owners, maxNodes);
      server = new FuseServer(files);
    } catch (HostError e) {
      throw new AssertionError(e);
    }
  }

  /** A reply: a content or an error. */
  record Reply(int errno, ByteBuffer content) {
    Reply ok() {
      if (errno != 0) {
        throw new AssertionError("failed with errno " + errno);
      }
      return this;
    }

    long node() {
      return content.getLong(0);
    }

    /** The attributes of a reply with an entry. */
    Attr attributes() {
      return new Attr(content, 40);
    }
  }

  /** struct fuse_attr. */
  record Attr(ByteBuffer content, int at) {
    long size() {
      return content.getLong(at + 8);
    }

    int mode() {
      return content.getInt(at + 60);
    }

    int uid() {
      return content.getInt(at + 68);
    }

    int gid() {
      return content.getInt(at + 72);
    }
  }

  /** Makes requests as another user. */
  FuseClient as(int uid, int gid) {
    caller = new Owner(uid, gid);
    return this;
  }

  /** Builds the arguments of a request. */
  static final class Args {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Args i(int... values) {
      for (int value : values) {
        bytes.writeBytes(le(4).putInt(value).array());
      }
      return this;
    }

    Args l(long... values) {
      for (long value : values) {
        bytes.writeBytes(le(8).putLong(value).array());
      }
      return this;
    }

    Args name(String name) {
      return name(name.getBytes(StandardCharsets.UTF_8));
    }

    Args name(byte[] name) {
      return raw(name).raw(new byte[1]);
    }

    Args raw(byte[] value) {
      bytes.writeBytes(value);
      return this;
    }

    byte[] done() {
      return bytes.toByteArray();
    }
  }

  static Args args() {
    return new Args();
  }

  private static ByteBuffer le(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  byte[] message(int opcode, long node, byte[] arguments) {
    unique += 2;
    ByteBuffer message = le(40 + arguments.length);
    message.putInt(40 + arguments.length).putInt(opcode).putLong(unique).putLong(node);
    message.putInt(caller.uid()).putInt(caller.gid()).putInt(1).putInt(0);
    return message.put(arguments).array();
  }

  Reply call(int opcode, long node, Args arguments) {
    return reply(serve(opcode, node, arguments));
  }

  /** Sends a request, and returns its reply; null if it has none. */
  byte @Nullable [] serve(int opcode, long node, Args arguments) {
    byte[] message = message(opcode, node, arguments.done());
    return server.serve(Objects.requireNonNull(FuseRequest.of(message)));
  }

  static Reply reply(byte @Nullable [] received) {
    byte[] reply = Objects.requireNonNull(received, "no reply");
    ByteBuffer all = ByteBuffer.wrap(reply).order(ByteOrder.LITTLE_ENDIAN);
    if (all.getInt(0) != reply.length) {
      throw new AssertionError("a wrong length");
    }
    return new Reply(
        -all.getInt(4), all.slice(16, reply.length - 16).order(ByteOrder.LITTLE_ENDIAN));
  }

  Reply lookUp(long directory, String name) {
    return call(Fuse.LOOKUP, directory, args().name(name));
  }

  /** Looks up a path; 0 if there is nothing. */
  long find(String path) {
    long node = Fuse.ROOT_ID;
    for (String name : path.split("/")) {
      Reply reply = lookUp(node, name);
      if (reply.errno() != 0) {
        return -reply.errno();
      }
      node = reply.node();
    }
    return node;
  }

  Attr attributes(long node) {
    return new Attr(call(Fuse.GETATTR, node, args().i(0, 0).l(0)).ok().content(), 16);
  }

  Reply read(long node, long offset, int size) {
    return call(Fuse.READ, node, args().l(0, offset).i(size, 0).l(0).i(0, 0));
  }

  String text(long node) {
    ByteBuffer content = read(node, 0, 4096).ok().content();
    byte[] bytes = new byte[content.remaining()];
    content.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  Reply write(long node, long offset, String text, int flags) {
    byte[] data = text.getBytes(StandardCharsets.UTF_8);
    return call(Fuse.WRITE, node, args().l(0, offset).i(data.length, 0).l(0).i(flags, 0).raw(data));
  }

  Reply create(long directory, String name, int mode, int flags) {
    return call(Fuse.CREATE, directory, args().i(flags, mode, 0, 0).name(name));
  }

  Reply makeDirectory(long directory, String name, int mode) {
    return call(Fuse.MKDIR, directory, args().i(mode, 0).name(name));
  }

  Reply remove(long directory, String name) {
    return call(Fuse.UNLINK, directory, args().name(name));
  }

  Reply rename(long from, String name, long to, String newName, int flags) {
    return call(Fuse.RENAME2, from, args().l(to).i(flags, 0).name(name).name(newName));
  }

  /** Sets what the bits of {@code valid} say. */
  Reply set(long node, int valid, long size, int mode, int uid, int gid) {
    return call(
        Fuse.SETATTR,
        node,
        args().i(valid, 0).l(0, size, 0, 1, 2, 3).i(4, 5, 6, mode, 0, uid, gid, 0));
  }

  /** Lists a directory, in replies of one page. */
  List<String> list(long directory, boolean plus) {
    List<String> names = new ArrayList<>();
    long cookie = 0;
    while (true) {
      int opcode = plus ? Fuse.READDIRPLUS : Fuse.READDIR;
      Args arguments = args().l(0, cookie).i(4096, 0).l(0).i(0, 0);
      ByteBuffer page = call(opcode, directory, arguments).ok().content();
      if (page.remaining() == 0) {
        return names;
      }
      for (int at = 0; at < page.limit(); ) {
        int entry = at + (plus ? Fuse.ENTRY_BYTES : 0);
        cookie = page.getLong(entry + 8);
        int length = page.getInt(entry + 16);
        byte[] name = new byte[length];
        page.get(entry + Fuse.DIRENT_BYTES, name);
        names.add(new String(name, StandardCharsets.ISO_8859_1));
        at = entry + Fuse.DIRENT_BYTES + ((length + 7) & ~7);
      }
    }
  }

  @Override
  public void close() {
    server.close();
    tree.close();
  }
}
