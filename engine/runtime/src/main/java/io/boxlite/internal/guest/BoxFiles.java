package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.BoxFile;
import io.boxlite.BoxLostException;
import io.boxlite.BoxliteException;
import io.boxlite.FileAttributes;
import io.boxlite.internal.guest.proto.FileEntry;
import io.boxlite.internal.guest.proto.FilePart;
import io.boxlite.internal.guest.proto.GetFilesRequest;
import io.boxlite.internal.guest.proto.PutFilesRequest;
import io.boxlite.internal.guest.proto.PutFilesStart;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The files of one box. The guest resolves paths of the box inside the box's root.
 *
 * <p>All methods throw {@link BoxLostException} if the box is lost, and {@link BoxliteException} if
 * the files cannot be accessed; its message names the file and the reason.
 */
public final class BoxFiles {
  private static final int CHUNK = 128 << 10;
  private static final int NEW_FILE_MODE = 0644;

  private final AgentClient client;

  BoxFiles(AgentClient client) {
    this.client = client;
  }

  /**
   * Copies a file or a directory tree into the box.
   *
   * @param source a file or directory of this machine
   * @param target the absolute path of the copy
   * @param attributes owner and modes that replace those of the source
   */
  public void copyIn(Path source, String target, FileAttributes attributes) {
    send(source, target, attributes, FileModes.kept(attributes));
  }

  /** Copies a file into a box that is being prepared; see {@link BoxFile}. */
  public void put(BoxFile file) {
    FileModes modes = FileModes.portable(file.attributes());
    if (file.source().isPresent()) {
      send(file.source().get(), file.target(), file.attributes(), modes);
    } else {
      write(file.target(), file.content(), file.attributes().mode(modes.ofFile(0)));
    }
  }

  private void send(Path source, String target, FileAttributes attributes, FileModes modes) {
    String what = "cannot copy " + source + " into box " + client.box() + " as " + target;
    PutFiles call = put(target, false, attributes);
    TreeSender tree = new TreeSender(call, source, modes);
    try {
      tree.send();
      call.finish();
    } catch (IOException e) {
      call.cancel(e);
      throw new BoxliteException(what + ": " + because(tree.current(), e), e);
    } catch (StatusException e) {
      throw failed(what, e.getStatus(), e);
    } catch (InterruptedException e) {
      throw interrupted(what, call, e);
    } catch (RuntimeException | Error e) {
      call.cancel(e);
      throw e;
    }
  }

  /**
   * Writes a file in the box. Creates it if it is missing.
   *
   * @param path an absolute path
   * @param attributes owner and mode to set, if any
   */
  public void write(String path, byte[] content, FileAttributes attributes) {
    String what = "cannot write " + path + " in box " + client.box();
    PutFiles call = put(path, attributes.mode().isEmpty(), attributes);
    int mode = attributes.mode().orElse(NEW_FILE_MODE);
    try {
      send(call, content, mode);
      call.finish();
    } catch (StatusException e) {
      throw failed(what, e.getStatus(), e);
    } catch (InterruptedException e) {
      throw interrupted(what, call, e);
    }
  }

  /** Sends a file whose content is in memory. */
  static void send(TreeSink sink, byte[] content, int mode)
      throws StatusException, InterruptedException {
    sink.entry(FileEntry.newBuilder().setMode(mode).setFileSize(content.length));
    for (int start = 0; start < content.length; start += CHUNK) {
      int count = Math.min(CHUNK, content.length - start);
      sink.data(ByteString.copyFrom(content, start, count));
    }
  }

  /**
   * Copies a file or a directory tree out of the box.
   *
   * @param source an absolute path
   * @param target the path of the copy on this machine
   * @param maxBytes the maximum size of all files together
   */
  public void copyOut(String source, Path target, long maxBytes) {
    String what = "cannot copy " + source + " out of box " + client.box() + " as " + target;
    GetFilesRequest request =
        GetFilesRequest.newBuilder().setPath(source).setMaxBytes(maxBytes).build();
    try (TreeReceiver tree = new TreeReceiver(target, maxBytes)) {
      try {
        get(what, request, tree::take);
        tree.end();
      } catch (IOException e) {
        throw new BoxliteException(what + ": " + because(tree.current(), e), e);
      }
    } catch (ProtocolViolation e) {
      throw broken(e);
    } catch (IOException e) {
      throw new BoxliteException(what + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads a file in the box.
   *
   * @param path an absolute path
   * @param maxBytes the maximum size of the file
   */
  public byte[] read(String path, int maxBytes) {
    String what = "cannot read " + path + " in box " + client.box();
    GetFilesRequest request =
        GetFilesRequest.newBuilder().setPath(path).setMaxBytes(maxBytes).setFileOnly(true).build();
    FileContent content = new FileContent(maxBytes);
    try {
      get(what, request, content::take);
      content.requireEntry();
    } catch (ProtocolViolation e) {
      throw broken(e);
    } catch (IOException e) {
      throw new BoxliteException(what + ": " + e.getMessage(), e);
    }
    return content.toByteArray();
  }

  /** What a guest sends as the content of one file. */
  private static final class FileContent extends ByteArrayOutputStream {
    private final int maxBytes;
    private boolean begun;

    FileContent(int maxBytes) {
      this.maxBytes = maxBytes;
    }

    void take(FilePart part) throws ProtocolViolation {
      if (!begun) {
        ProtocolViolation.unless(part.getEntry().hasFileSize(), () -> "no file first");
        begun = true;
        return;
      }
      // Empty messages would evade the limit.
      ProtocolViolation.unless(
          !part.getData().isEmpty(), () -> "something other than the content of a file");
      ProtocolViolation.unless(
          size() + (long) part.getData().size() <= maxBytes,
          () -> "more than the requested " + maxBytes + " bytes");
      writeBytes(part.getData().toByteArray());
    }

    void requireEntry() throws ProtocolViolation {
      ProtocolViolation.unless(begun, () -> "no file");
    }
  }

  private interface PartConsumer {
    void take(FilePart part) throws ProtocolViolation, IOException;
  }

  /** Makes the call, and ends it before returning in any case. */
  private void get(String what, GetFilesRequest request, PartConsumer consumer)
      throws ProtocolViolation, IOException {
    client.requireUsable();
    try (GetFiles call = new GetFiles(client, request)) {
      for (FilePart part = call.next(); part != null; part = call.next()) {
        consumer.take(part);
      }
    } catch (StatusException e) {
      throw failed(what, e.getStatus(), e);
    } catch (InterruptedException e) {
      throw interrupted(what, e);
    }
  }

  private PutFiles put(String path, boolean keepMode, FileAttributes attributes) {
    client.requireUsable();
    PutFilesStart start =
        PutFilesStart.newBuilder()
            .setPath(path)
            .setKeepMode(keepMode)
            .setOwner(attributes.owner().orElse(""))
            .build();
    return new PutFiles(client, PutFilesRequest.newBuilder().setStart(start).build());
  }

  private BoxliteException failed(String what, Status status, Exception cause) {
    if (status.isOk()) {
      return broken(new ProtocolViolation("the response to a copy before its end"));
    }
    if (CallFailure.violation(status).isPresent()) {
      return CallFailure.of(client, what, status, cause);
    }
    return switch (status.getCode()) {
      case NOT_FOUND, FAILED_PRECONDITION, RESOURCE_EXHAUSTED, INVALID_ARGUMENT ->
          new BoxliteException(
              what + ": in the box, " + GuestText.clean(status.getDescription()), cause);
      default -> CallFailure.of(client, what, status, cause);
    };
  }

  private static BoxliteException interrupted(String what, PutFiles call, InterruptedException e) {
    call.cancel(e);
    return interrupted(what, e);
  }

  private static BoxliteException interrupted(String what, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new BoxliteException(what + ": interrupted", e);
  }

  private BoxLostException broken(ProtocolViolation violation) {
    client.lost("its guest violated the protocol: it sent " + violation.getMessage());
    return client.loss().orElseThrow().exception();
  }

  /** Describes an I/O error. Some JDK exceptions have no message apart from their class name. */
  static String because(Path path, IOException e) {
    String file =
        e instanceof FileSystemException known && known.getFile() != null
            ? known.getFile()
            : path.toString();
    if (e instanceof NoSuchFileException) {
      return file + " does not exist or was removed";
    }
    if (e instanceof AccessDeniedException) {
      return file + " is not accessible to this process";
    }
    if (e instanceof NotDirectoryException) {
      return file + " is not a directory";
    }
    if (e instanceof ClosedByInterruptException) {
      return file + ": interrupted";
    }
    if (e instanceof FileAlreadyExistsException exists) {
      return file
          + " already exists: "
          + Objects.requireNonNullElse(exists.getReason(), "it is a file");
    }
    return file + ": " + e.getMessage();
  }
}
