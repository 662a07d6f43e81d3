package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.proto.FileEntry;
import io.boxlite.internal.guest.proto.FilePart;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a guest sends as files of this machine, below one target and nowhere else.
 *
 * <p>An entry is a single name in a directory that this class has made or opened itself, never a
 * path. No link is followed except the target itself. So no names or order of entries can lead out
 * of the target.
 */
final class TreeReceiver implements AutoCloseable {
  private static final int MAX_CHUNK = 1 << 20; // agent.proto, FilePart
  private static final int MAX_ENTRIES = 1_000_000;
  private static final int MAX_LEVELS = 256;
  private static final int MAX_LINK_BYTES = 4096; // PATH_MAX of linux/limits.h

  private final Path target;
  private final long maxBytes;
  private final ArrayDeque<Level> levels = new ArrayDeque<>();
  private Path current;
  private @Nullable Path file;
  private @Nullable OutputStream out;
  private int mode; // of the current file
  private int entries;
  private long bytes;

  /** A directory, and the mode to set when it is complete; none if it existed before. */
  private record Level(Path path, @Nullable Integer mode) {}

  TreeReceiver(Path target, long maxBytes) {
    this.target = target;
    this.maxBytes = maxBytes;
    current = target;
  }

  /** Returns what was being written last, for messages. */
  Path current() {
    return current;
  }

  void take(FilePart part) throws ProtocolViolation, IOException {
    switch (part.getPartCase()) {
      case ENTRY -> {
        endFile();
        take(part.getEntry());
      }
      case DATA -> take(part.getData());
      case DIRECTORY_END -> {
        endFile();
        ProtocolViolation.unless(
            !levels.isEmpty(), () -> "the end of a directory that was not started");
        leave(levels.removeLast());
      }
      case PART_NOT_SET -> throw new ProtocolViolation("a part of a file of an unknown kind");
    }
  }

  void end() throws ProtocolViolation, IOException {
    endFile();
    ProtocolViolation.unless(entries > 0, () -> "no file");
    ProtocolViolation.unless(levels.isEmpty(), () -> "an incomplete directory");
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      out.close();
      out = null;
    }
  }

  private void take(FileEntry entry) throws ProtocolViolation, IOException {
    entries++;
    if (entries > MAX_ENTRIES) {
      throw new IOException("there are more than " + MAX_ENTRIES + " files");
    }
    ProtocolViolation.unless(
        (entry.getMode() & ~07777) == 0, () -> "mode " + Integer.toOctalString(entry.getMode()));
    if (entries == 1) {
      ProtocolViolation.unless(entry.getName().isEmpty(), () -> "a name for the first file");
      takeFirst(entry);
      return;
    }
    ProtocolViolation.unless(!levels.isEmpty(), () -> "a file outside a directory");
    Path directory = levels.getLast().path();
    Path path = RawName.in(directory, entry.getName().toByteArray());
    current = path;
    switch (entry.getKindCase()) {
      case DIRECTORY -> {
        ProtocolViolation.unless(
            levels.size() < MAX_LEVELS, () -> "too many levels of directories");
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          levels.addLast(new Level(path, null));
        } else {
          Files.createDirectory(path, permissions(0700));
          levels.addLast(new Level(path, entry.getMode()));
        }
      }
      case FILE_SIZE -> {
        makeRoom(path);
        begin(path, entry, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS);
      }
      case LINK -> {
        Path leadsTo = link(entry.getLink());
        makeRoom(path);
        Files.createSymbolicLink(path, leadsTo);
      }
      case KIND_NOT_SET -> throw new ProtocolViolation("a file of an unknown kind");
    }
  }

  private void takeFirst(FileEntry entry) throws ProtocolViolation, IOException {
    Path parent = target.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    switch (entry.getKindCase()) {
      case DIRECTORY -> {
        if (Files.isDirectory(target)) {
          levels.addLast(new Level(target, null));
        } else {
          Files.createDirectory(target, permissions(0700));
          levels.addLast(new Level(target, entry.getMode()));
        }
      }
      case FILE_SIZE -> {
        if (Files.isDirectory(target)) {
          throw new FileAlreadyExistsException(target.toString(), null, "it is a directory");
        }
        begin(target, entry, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
      }
      default ->
          throw new ProtocolViolation("a first entry that is neither a file nor a directory");
    }
  }

  private void begin(Path path, FileEntry entry, OpenOption... options) throws IOException {
    Set<OpenOption> all = new HashSet<>(List.of(options));
    all.add(StandardOpenOption.WRITE);
    file = path;
    mode = entry.getMode();
    out = Channels.newOutputStream(Files.newByteChannel(path, all, permissions(0600)));
  }

  private void take(ByteString data) throws ProtocolViolation, IOException {
    ProtocolViolation.unless(!data.isEmpty(), () -> "an empty message of file data");
    ProtocolViolation.unless(
        data.size() <= MAX_CHUNK, () -> data.size() + " bytes of a file in one message");
    bytes += data.size();
    ProtocolViolation.unless(
        bytes <= maxBytes, () -> "more than the requested " + maxBytes + " bytes");
    OutputStream open = out;
    if (open == null) {
      throw new ProtocolViolation("data without a file");
    }
    data.writeTo(open);
  }

  private void endFile() throws IOException {
    if (out != null && file != null) {
      close();
      Files.setPosixFilePermissions(file, permissionSet(mode));
      file = null;
    }
  }

  private void leave(Level level) throws IOException {
    current = level.path();
    if (level.mode() != null) {
      Files.setPosixFilePermissions(level.path(), permissionSet(level.mode()));
    }
  }

  /** An existing file or link is replaced; a directory is not. */
  private static void makeRoom(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(path.toString(), null, "it is a directory");
    }
    Files.deleteIfExists(path);
  }

  private static Path link(ByteString target) throws ProtocolViolation {
    byte[] bytes = target.toByteArray();
    boolean nul = new String(bytes, StandardCharsets.ISO_8859_1).indexOf('\0') >= 0;
    ProtocolViolation.unless(
        bytes.length > 0 && bytes.length < MAX_LINK_BYTES && !nul,
        () -> "a link without a valid target");
    return RawName.path(bytes);
  }

  private static FileAttribute<Set<PosixFilePermission>> permissions(int mode) {
    return PosixFilePermissions.asFileAttribute(permissionSet(mode));
  }

  /**
   * Without the set-user-ID, set-group-ID and sticky bits: a guest's file must not run as another
   * user of this machine.
   */
  private static Set<PosixFilePermission> permissionSet(int mode) {
    PosixFilePermission[] all = PosixFilePermission.values(); // in the order of the bits
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < all.length; i++) {
      if ((mode & (0400 >> i)) != 0) {
        set.add(all[i]);
      }
    }
    return set;
  }
}
