package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.Root;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way from a specification to a guest that is ready for use, through a boot of its kernel. */
final class ColdBoot {
  private static final Logger log = LoggerFactory.getLogger(ColdBoot.class);

  /** A connection may end a moment before the process does that explains it. */
  private static final Duration EXIT_AFTER_SILENCE = Duration.ofMillis(500);

  private final BoxFolders folders;
  private final VmSpec spec;
  private final Deadline deadline;

  ColdBoot(BoxFolders folders, VmSpec spec) {
    this.folders = folders;
    this.spec = spec;
    deadline = Deadline.in(spec.startTimeout());
  }

  Vm run() {
    long start = System.nanoTime();
    QemuProcess qemu = startQemu();
    Vm vm = null;
    try {
      qemu.qmp().negotiate(deadline.left());
      AgentClient agent = AgentClient.connect(spec.id(), qemu.agentSocket(), qemu::consoleTail);
      vm = new Vm(spec, qemu, agent);
      agent.hello(deadline.left());
      agent.configure(configuration(), deadline.left());
      log.debug("box {} is ready after {} ms", spec.id(), (System.nanoTime() - start) / 1_000_000);
      return vm;
    } catch (QmpException | InterruptedException | RuntimeException | Error e) {
      throw failed(e, qemu, vm);
    }
  }

  private QemuProcess startQemu() {
    BoxFolder folder = folders.create(spec.id());
    try {
      ScratchDisk.create(
          spec.kind().scratchSeed(),
          folder.file(QemuCommandLine.SCRATCH_DISK),
          spec.kind().diskMib());
      List<String> commandLine =
          new QemuCommandLine(spec, GuestMemory.anonymous(spec.kind().memoryMib())).toList();
      return QemuProcess.start(spec.id(), folder, commandLine);
    } catch (IOException e) {
      folder.close();
      throw new BoxStartException(
          "box "
              + spec.id()
              + " did not start: its files cannot be made in "
              + folder.path()
              + ": "
              + e.getMessage(),
          "",
          e);
    } catch (RuntimeException | Error e) {
      folder.close();
      throw e;
    }
  }

  private ConfigureRequest configuration() {
    return ConfigureRequest.newBuilder()
        .setRoot(
            Root.newBuilder()
                .setImageDevice(QemuCommandLine.ROOT_DEVICE)
                .setScratchDevice(QemuCommandLine.SCRATCH_DEVICE))
        .setIdentity(GuestIdentity.fresh(spec.hostname()))
        .build();
  }

  /** Finds out what went wrong before it cleans up: later there would be nothing to look at. */
  private BoxStartException failed(Throwable failure, QemuProcess qemu, @Nullable Vm vm) {
    boolean interrupted = Thread.interrupted() || failure instanceof InterruptedException;
    String why = "the thread that waited for it was interrupted";
    try {
      if (!interrupted) {
        why = explain(failure, qemu);
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    String console = qemu.consoleTail();
    try {
      if (vm == null) {
        qemu.close();
      } else {
        vm.close();
      }
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure instanceof Error error) {
      throw error;
    }
    return new BoxStartException("box " + spec.id() + " did not start: " + why, console, failure);
  }

  private String explain(Throwable failure, QemuProcess qemu) throws InterruptedException {
    boolean late = deadline.isOver();
    Optional<QemuExit> exit = qemu.awaitExit(late ? Duration.ZERO : EXIT_AFTER_SILENCE);
    if (exit.isPresent()) {
      return exit.get().describe();
    }
    if (late) {
      return "its guest was not ready within "
          + spec.startTimeout().toMillis()
          + " ms ("
          + failure.getMessage()
          + "); is the machine overloaded? Otherwise raise startTimeout";
    }
    return String.valueOf(failure.getMessage());
  }
}
