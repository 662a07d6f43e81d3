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
 * <p>The guest's memory is left out of the stream ({@code x-ignore-shared}): it already is a file.
 */
final class SavedState {
  /** The guest's memory. */
  static final String MEMORY = "memory";

  /** The state of all devices, as QEMU writes it. */
  static final String DEVICES = "state";

  /** A copy of the scratch disk. */
  static final String SCRATCH = "scratch.ext4";

  /** All files of a saved state. */
  static final List<String> FILES = List.of(MEMORY, DEVICES, SCRATCH);

  /** The devices of a microvm have about 60 KiB of state and 300 KiB of firmware. */
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
   * Stops a machine permanently and saves its state.
   *
   * @param qemu the machine; nothing may be connected to its agent
   * @param memory the file that holds its memory
   * @param directory the directory for the files
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
   * Tells a machine to load the state of its devices from QEMU's standard input and to resume. Its
   * memory is a private mapping of the saved one. Does not wait for completion, which the guest's
   * first response proves. This opens the session with the monitor.
   *
   * @param onRefusal receives the reason if QEMU rejects the state
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

  /** Writes the bytes from QEMU to a channel. */
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
          throw new IOException("the state of the devices exceeds " + MOST_BYTES + " bytes");
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
        throw new IOException("writing the state of the devices failed: " + e.getCause(), e);
      } catch (TimeoutException e) {
        Duration whole = deadline.whole();
        throw new IOException("the state of the devices was not complete within " + whole, e);
      }
    }
  }
}
