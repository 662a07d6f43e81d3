package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.SparseFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The state of a machine in files, as QEMU's migration writes and reads it
 * (docs/devel/migration.rst).
 *
 * <p>The guest's memory is left out of the stream ({@code x-ignore-shared}): it is a file already.
 */
final class SavedState {
  /** The guest's memory. */
  static final String MEMORY = "memory";

  /** The state of all devices, as QEMU writes it. */
  static final String DEVICES = "state";

  /** The scratch disk, as it was. */
  static final String SCRATCH = "scratch.ext4";

  /** All files of a saved state. */
  static final List<String> FILES = List.of(MEMORY, DEVICES, SCRATCH);

  /** Devices of a microvm have some 60 KiB of state, and 300 KiB of firmware. */
  private static final long MOST_BYTES = 64 << 20;

  private static final String SOCKET = "state.sock";

  private static final Map<String, Object> WITHOUT_MEMORY = capabilities("x-ignore-shared");

  private static final Map<String, Object> WITH_EVENTS = capabilities("x-ignore-shared", "events");

  private static final String SET_CAPABILITIES = "migrate-set-capabilities";

  private SavedState() {}

  private static Map<String, Object> capabilities(String... names) {
    return Map.of(
        "capabilities",
        Stream.of(names).map(name -> Map.of("capability", name, "state", true)).toList());
  }

  /**
   * Stops a machine for good and writes its state.
   *
   * @param qemu the machine, to whose agent nobody may be connected
   * @param memory the file that its memory is
   * @param directory where the files go
   */
  static void save(QemuMachine qemu, Path memory, Path directory, Deadline deadline)
      throws IOException, QmpException, InterruptedException {
    qemu.qmp().execute("stop", deadline.left());
    qemu.qmp().execute(SET_CAPABILITIES, WITH_EVENTS, deadline.left());
    saveDevices(qemu, directory.resolve(DEVICES), deadline);
    SparseFile.copy(memory, directory.resolve(MEMORY));
    SparseFile.copy(
        qemu.directory().file(QemuCommandLine.SCRATCH_DISK), directory.resolve(SCRATCH));
  }

  private static void saveDevices(QemuMachine qemu, Path file, Deadline deadline)
      throws IOException, QmpException, InterruptedException {
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
      Receiver receiver = new Receiver(Channels.newChannel(out));
      try (QemuSocket socket =
          QemuSocket.listen(
              qemu.directory().shortPath(SOCKET), "boxlite-template-state", receiver)) {
        qemu.qmp().execute("migrate", Map.of("uri", "unix:" + SOCKET), deadline.left());
        awaitEnd(qemu, deadline);
        receiver.await(deadline);
      }
    }
  }

  /**
   * Has a machine read the state of the devices from QEMU's standard input and go on, its memory
   * being a private copy of the saved one. Its guest's answer is proof enough that it does: nothing
   * is waited for here, and the session with its monitor begins with this.
   *
   * @param onRefusal is told why when QEMU refuses
   */
  static void restore(QmpClient qmp, Duration timeout, Consumer<String> onRefusal)
      throws QmpException, InterruptedException {
    qmp.begin(timeout);
    qmp.order(SET_CAPABILITIES, WITHOUT_MEMORY, onRefusal);
    qmp.order("migrate-incoming", Map.of("uri", "fd:0"), onRefusal);
  }

  private static void awaitEnd(QemuMachine qemu, Deadline deadline)
      throws QmpException, InterruptedException {
    String what = "the end of the migration";
    CompletableFuture<String> dead = qemu.onExit().thenApply(exit -> "QEMU ended");
    try {
      Object end =
          CompletableFuture.anyOf(qemu.events().migrationEnd(), dead)
              .get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
      if (!end.equals("completed")) {
        throw QmpException.noAnswer(what, String.valueOf(end), null);
      }
    } catch (TimeoutException | ExecutionException e) {
      throw QmpException.noAnswer(what, "waited until the start's time was over", e);
    }
  }

  /** Writes what QEMU sends. */
  private static final class Receiver implements QemuSocket.Receiver {
    private final WritableByteChannel out;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private long bytes;

    Receiver(WritableByteChannel out) {
      this.out = out;
    }

    @Override
    public void received(ByteBuffer received) {
      bytes += received.remaining();
      try {
        if (bytes > MOST_BYTES) {
          throw new IOException(
              "QEMU's state of the devices has more than " + MOST_BYTES + " bytes");
        }
        while (received.hasRemaining() && !end.isDone()) {
          out.write(received);
        }
      } catch (IOException e) {
        end.completeExceptionally(e);
      }
    }

    @Override
    public void ended(String why) {
      end.complete(null);
    }

    void await(Deadline deadline) throws IOException, InterruptedException {
      try {
        end.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
      } catch (ExecutionException e) {
        throw new IOException("the state of the devices cannot be written: " + e.getCause(), e);
      } catch (TimeoutException e) {
        Duration whole = deadline.whole();
        throw new IOException("the state of the devices did not end within " + whole, e);
      }
    }
  }
}
