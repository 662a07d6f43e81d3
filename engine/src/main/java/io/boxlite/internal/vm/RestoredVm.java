package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.host.Admission;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A machine with a template's state that waits to go on. Nobody has used it, and it is nobody yet:
 * random numbers, clock and names are renewed when it goes on.
 */
final class RestoredVm implements AutoCloseable {
  private final String id;
  private final VmKind kind;
  private final QemuProcess qemu;
  private final Admission memory;
  private @Nullable Vm vm; // once it has gone on for the first time

  private RestoredVm(String id, VmKind kind, QemuProcess qemu, Admission memory) {
    this.id = id;
    this.kind = kind;
    this.qemu = qemu;
    this.memory = memory;
  }

  /**
   * Starts QEMU with a template's state.
   *
   * @param id the machine's id
   * @param template is let go of with the machine, and also when this fails
   * @param memory is given back when QEMU has ended, and also when this fails
   * @throws StateRefusedException when it ends because it does not take the state
   * @throws BoxStartException when it fails otherwise, or not in time; nothing is left then as well
   */
  static RestoredVm restore(
      BoxFolders folders,
      String id,
      VmKind kind,
      Template template,
      Admission memory,
      Deadline deadline)
      throws StateRefusedException {
    QemuProcess qemu;
    try {
      qemu = start(folders, id, kind, template);
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
    // However it ends, and even when nobody closes the box for long.
    qemu.onExit().thenRun(memory::close);
    try {
      qemu.qmp().negotiate(deadline.left());
      SavedState.restore(qemu, deadline);
      return new RestoredVm(id, kind, qemu, memory);
    } catch (QmpException | InterruptedException | RuntimeException | Error e) {
      BoxStartException failure = new StartFailure(id, deadline).of(e, qemu, null);
      if (qemu.onExit().thenApply(QemuExit::isOfItself).getNow(false)) {
        throw new StateRefusedException(failure);
      }
      throw failure;
    }
  }

  private static QemuProcess start(BoxFolders folders, String id, VmKind kind, Template template) {
    BoxFolder folder;
    try {
      folder = folders.create(id);
    } catch (RuntimeException | Error e) {
      template.close();
      throw e;
    }
    try {
      return QemuProcess.start(
          id,
          folder,
          QemuCommandLine.toRestore(id, kind, template),
          template.file(Template.STATE),
          template);
    } catch (IOException e) {
      throw new BoxStartException(
          "box " + id + " did not start: its files cannot be made: " + e.getMessage(), "", e);
    }
  }

  /** The memory it was given. */
  Admission memory() {
    return memory;
  }

  /** Whether it can still go on. */
  boolean isAlive() {
    Vm running = vm;
    return !qemu.onExit().isDone() && (running == null || running.agent().loss().isEmpty());
  }

  /**
   * Takes its user's first steps and pauses it again. An emulator translates a guest's code when it
   * first runs: what was translated now need not be later.
   *
   * @return this
   * @throws BoxStartException when its guest does not answer in time; nothing is left of it
   */
  RestoredVm warmUp(Duration patience) {
    Deadline deadline = Deadline.in(patience);
    try {
      Vm running = run(Optional.empty(), deadline);
      FirstSteps.take(running.agent(), deadline);
      running.control("stop", deadline);
      return this;
    } catch (QmpException
        | ExecutionException
        | TimeoutException
        | InterruptedException
        | RuntimeException
        | Error e) {
      throw new StartFailure(id, deadline).of(e, qemu, vm);
    }
  }

  /**
   * Lets the machine go on as one of its own; it is the caller's then, and this is of no more use.
   *
   * @param hostname its host name; its id when empty
   * @throws BoxStartException when its guest does not answer in time; nothing is left of it
   */
  Vm resume(Optional<String> hostname, Deadline deadline) {
    try {
      return run(hostname, deadline);
    } catch (QmpException | InterruptedException | RuntimeException | Error e) {
      throw new StartFailure(id, deadline).of(e, qemu, vm);
    }
  }

  private Vm run(Optional<String> hostname, Deadline deadline)
      throws QmpException, InterruptedException {
    qemu.qmp().execute("cont", deadline.left());
    Vm running = vm;
    if (running == null) {
      // Which contract its agent speaks was found out when the template was made.
      AgentClient agent = AgentClient.connect(id, qemu.agentSocket(), qemu::consoleTail);
      running = new Vm(id, kind, qemu, agent);
      vm = running;
    }
    running
        .agent()
        .configure(
            ConfigureRequest.newBuilder()
                .setIdentity(GuestIdentity.fresh(hostname.orElse(id)))
                .build(),
            deadline.left());
    return running;
  }

  /** Ends the machine; nothing is left of it. */
  @Override
  public void close() {
    Vm running = vm;
    if (running == null) {
      qemu.close();
    } else {
      running.close();
    }
  }
}
