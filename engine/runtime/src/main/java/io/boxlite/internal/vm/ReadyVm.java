package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.memory.MemoryReservation;
import io.boxlite.internal.vm.machine.HypervisorException;
import io.boxlite.internal.vm.template.PreparationStep;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * A VM whose guest is prepared and ready for use, whether it was booted or restored. It gets random
 * numbers, clock and names of its own before any program of a user runs in it, and again when it
 * has waited in the pool.
 */
final class ReadyVm implements AutoCloseable {
  private final Vm vm;
  private final MemoryReservation memory;

  ReadyVm(Vm vm, MemoryReservation memory) {
    this.vm = vm;
    this.memory = memory;
  }

  /** Returns the VM, which the caller owns from now on. */
  Vm vm() {
    return vm;
  }

  /** Returns the memory that is reserved for it. */
  MemoryReservation memory() {
    return memory;
  }

  /** Returns whether it can still be used. */
  boolean isAlive() {
    return !vm.hasEnded() && vm.agent().loss().isEmpty();
  }

  /**
   * Runs a program that does nothing, asks its services whether they are ready, and pauses the VM.
   * An emulator translates the guest's code when it first runs: what is translated now need not be
   * translated for the user.
   *
   * @param steps what has prepared it
   * @return this
   * @throws BoxStartException when the guest does not answer in time; nothing of it is left
   */
  ReadyVm warmUp(List<PreparationStep> steps, Duration timeout) {
    Deadline deadline = Deadline.in(timeout);
    try {
      ServiceStart.exercise(vm.agent(), steps, deadline);
      GuestWarmUp.runNothing(vm.agent(), deadline);
      vm.pause(deadline.left());
      return this;
    } catch (HypervisorException
        | ExecutionException
        | TimeoutException
        | InterruptedException
        | RuntimeException
        | Error e) {
      throw vm.startFailure(e, deadline);
    }
  }

  /**
   * Lets a paused VM continue under an identity of its own. The caller owns the VM then.
   *
   * @param hostname its host name; its id when empty
   * @throws BoxStartException when the guest does not answer in time; nothing of it is left
   */
  Vm resume(Optional<String> hostname, Deadline deadline) {
    try {
      // The guest's answer proves that it continues.
      vm.resume();
      identify(hostname, deadline);
      return vm;
    } catch (RuntimeException | Error e) {
      throw vm.startFailure(e, deadline);
    }
  }

  /** Gives the guest a new identity. */
  void identify(Optional<String> hostname, Deadline deadline) {
    vm.agent()
        .configure(
            ConfigureRequest.newBuilder()
                .setIdentity(GuestIdentity.fresh(hostname.orElse(vm.id())))
                .build(),
            deadline.left());
  }

  /** Ends the VM; nothing of it is left. */
  @Override
  public void close() {
    vm.close();
  }
}
