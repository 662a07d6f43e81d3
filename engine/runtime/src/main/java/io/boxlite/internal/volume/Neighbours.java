package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.FileStat;
import io.boxlite.internal.host.tree.HostError;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Sends small files before they are read. When some files of a directory have been read, the others
 * probably will be: then their content is sent to the guest's page cache, so that reading them
 * takes no request at all.
 */
final class Neighbours {
  /** A larger file is read in one or more requests of its own. */
  private static final int MAX_FILE_BYTES = 16 << 10;

  /** The data that is sent when a file was read. */
  private static final int BATCH_BYTES = 256 << 10;

  /** The number of files of a directory that are read before others are sent. */
  private static final int FIRST_READS = 2;

  private final VolumeFiles files;

  Neighbours(VolumeFiles files) {
    this.files = files;
  }

  /** A directory is listed from its start. */
  static void startListing(Node directory) {
    directory.inOrder = new FilesInOrder();
  }

  /** The kernel is told of a file in a listing. */
  static void listed(Node directory, Node file) {
    FilesInOrder inOrder = directory.inOrder;
    if (inOrder != null && file.toldSize() > 0 && file.toldSize() <= MAX_FILE_BYTES) {
      inOrder.add(file);
    }
  }

  /**
   * A file was read. Sends others of its directory.
   *
   * @param ready whether the guest takes more
   */
  void sendAfter(long read, Consumer<byte[]> send, BooleanSupplier ready) {
    try {
      Node file = files.nodes().get(read);
      Node directory = file.parent;
      FilesInOrder inOrder = directory == null ? null : directory.inOrder;
      if (inOrder == null
          || file.toldSize() > MAX_FILE_BYTES
          || inOrder.read() < FIRST_READS
          || !ready.getAsBoolean()) {
        return;
      }
      byte[] content = new byte[MAX_FILE_BYTES];
      for (Node each : inOrder.take(BATCH_BYTES)) {
        if (each != file) {
          send(each, content, send);
        }
      }
    } catch (HostError e) {
      // It is forgotten already.
    }
  }

  private void send(Node file, byte[] content, Consumer<byte[]> send) {
    long size = file.toldSize();
    if (size <= 0 || size > content.length) {
      return;
    }
    try (OpenFiles.Use opened = files.use(file, false)) {
      int count = files.tree().data().read(opened.fd(), 0, content, 0, (int) size);
      FileStat now = files.tree().stat(opened.fd());
      if (count == size && now.size() == size && file.isAsTold(now)) {
        send.accept(FuseReply.content(file.id, content, count));
      }
    } catch (HostError e) {
      // The guest gets the error when it reads the file.
    }
  }
}
