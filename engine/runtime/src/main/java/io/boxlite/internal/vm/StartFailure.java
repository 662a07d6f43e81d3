package io.boxlite.internal.vm;

import io.boxlite.BoxLostException;
import io.boxlite.BoxStartException;
import io.boxlite.internal.guest.BoxLoss;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.settings.Setting;
import io.boxlite.internal.vm.machine.ExitReport;
import io.boxlite.internal.vm.machine.HypervisorException;
import io.boxlite.internal.vm.machine.Machine;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why a machine did not start, and closes it.
 *
 * @param box the box's id
 * @param cpus how many processors it has
 * @param deadline when it had to be ready
 */
record StartFailure(String box, int cpus, Deadline deadline) {
  /** How long to wait for the exit that explains why a connection ended. */
  private static final Duration EXIT_AFTER_CONNECTION = Duration.ofSeconds(5);

  /** How long to wait for an exit that explains a refusal, such as after a kernel panic. */
  private static final Duration EXIT_AFTER_REFUSAL = Duration.ofMillis(500);

  /**
   * Returns the exception to throw; throws an {@link Error} itself.
   *
   * @param failure what the start failed with
   * @param machine the machine, which this closes
   * @param vm the VM; null when there is none yet
   */
  BoxStartException of(Throwable failure, Machine machine, @Nullable Vm vm) {
    boolean interrupted = Thread.interrupted() || failure instanceof InterruptedException;
    String why = "the thread that waited for it was interrupted";
    try {
      if (!interrupted) {
        // Before the cleanup, which deletes the evidence.
        why = explain(failure, machine, vm);
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    String console = machine.consoleTail();
    try {
      if (vm == null) {
        machine.close();
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
    return new BoxStartException("box " + box + " did not start: " + why, console, failure);
  }

  private String explain(Throwable failure, Machine machine, @Nullable Vm vm)
      throws InterruptedException {
    boolean late = deadline.isOver();
    Optional<ExitReport> exit = machine.awaitExit(late ? Duration.ZERO : timeout(failure));
    Optional<BoxLoss> loss = vm == null ? Optional.empty() : vm.agent().loss();
    if (exit.isPresent() && exit.get().killedByUs() && loss.isPresent()) {
      // It was killed because of the loss, so its exit explains nothing.
      return loss.get().why();
    }
    if (exit.isPresent()) {
      return exit.get().description();
    }
    if (late) {
      return "its guest was not ready within "
          + deadline.whole().toMillis()
          + " ms ("
          + failure.getMessage()
          + ")"
          + tooManyProcessors()
          + "; is the machine overloaded? Otherwise raise its startTimeout, or "
          + Setting.START_TIMEOUT.key();
    }
    return String.valueOf(failure.getMessage());
  }

  private static Duration timeout(Throwable failure) {
    boolean connectionEnded =
        failure instanceof BoxLostException
            || failure instanceof HypervisorException e && e.isUnanswered();
    return connectionEnded ? EXIT_AFTER_CONNECTION : EXIT_AFTER_REFUSAL;
  }

  private String tooManyProcessors() {
    int here = Runtime.getRuntime().availableProcessors();
    return cpus > here
        ? "; it has " + cpus + " processors, but this machine has " + here + ": use fewer"
        : "";
  }
}
