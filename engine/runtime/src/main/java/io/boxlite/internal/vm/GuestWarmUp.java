package io.boxlite.internal.vm;

import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestExec;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.host.Deadline;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Paves the way for the first program that a guest's user runs.
 *
 * <p>All of it is done by the image's shell, which nearly every image has; where it is missing,
 * less is made ready. The shell runs none of the image's other programs but {@code cat}: they might
 * have effects.
 */
final class GuestWarmUp {
  private static final List<String> SHELL = List.of("/bin/sh", "-c");

  private static final String NOTHING = ":";

  /**
   * Looks every program of the path up, and reads the files that the shell itself is made of, C
   * library and loader among them: then they are in the guest's memory, and no first program has to
   * wait for its disk.
   */
  private static final String LOOK_AROUND =
      """
      IFS=:
      for directory in $PATH; do
        for file in "$directory"/*; do [ -e "$file" ]; done
      done
      unset IFS
      while read -r range mode offset device inode file; do
        case $file in "$last") ;; /*) last=$file; cat "$file" >/dev/null ;; esac
      done </proc/$$/maps
      """;

  /** An image with very many programs need not be looked at whole. */
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(3);

  private GuestWarmUp() {}

  /** Brings into the guest's memory what most programs read when they start. */
  static void lookAround(AgentClient agent, Deadline deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    run(agent, LOOK_AROUND, LONGEST_LOOK, deadline);
  }

  /**
   * Runs a program that does nothing: an emulator then has translated what the kernel does for a
   * program. Returns when the guest has nothing left to do for it.
   */
  static void take(AgentClient agent, Deadline deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    run(agent, NOTHING, deadline.left(), deadline);
    // The agent clears away after its answer, and takes the next call after that.
    agent.hello(deadline.left());
  }

  private static void run(AgentClient agent, String script, Duration limit, Deadline deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    ExecStart start =
        ExecStart.newBuilder()
            .addAllArgv(SHELL)
            .addArgv(script)
            .setWallTimeNanos(limit.toNanos() + 1)
            .build();
    try (GuestExec exec = agent.exec(start)) {
      exec.onEnd().get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
    }
  }
}
