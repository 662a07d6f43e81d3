package io.boxlite.internal.vm;

import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestExec;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.host.Deadline;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a program that does nothing, so that the first one that does something finds its way paved:
 * loader, C library and shell are in the guest's memory, and where it is emulated, what the kernel
 * does for a program has been translated.
 */
final class FirstSteps {
  /** A program that nearly every image has; where it is missing less is made ready. */
  private static final List<String> NOTHING = List.of("/bin/sh", "-c", ":");

  private FirstSteps() {}

  static void take(AgentClient agent, Deadline deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    ExecStart start =
        ExecStart.newBuilder()
            .addAllArgv(NOTHING)
            .setWallTimeNanos(deadline.left().toNanos() + 1)
            .build();
    try (GuestExec exec = agent.exec(start)) {
      exec.onEnd().get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
    }
  }
}
