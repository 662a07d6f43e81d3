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
 * Prepares a guest for the first program that its user runs.
 *
 * <p>The image's shell does the work, and an image without one is not warmed up. Of the image's
 * other programs, only {@code cat} is run, because others might have side effects.
 */
final class GuestWarmUp {
  private static final List<String> SHELL = List.of("/bin/sh", "-c");

  private static final String NOTHING = ":";

  /**
   * Looks up every program on the path, and reads the shell's own files, including C library and
   * loader, so that they are in the guest's memory when the first program starts.
   */
  private static final String READ_PROGRAMS =
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

  /** Limits the time for images with very many programs. */
  private static final Duration MAX_READING = Duration.ofSeconds(3);

  private GuestWarmUp() {}

  /** Reads what most programs read at their start into the guest's memory. */
  static void readPrograms(AgentClient agent, Deadline deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    run(agent, READ_PROGRAMS, MAX_READING, deadline);
  }

  /**
   * Runs a program that does nothing, so that an emulator has translated the kernel's code for
   * starting one. Returns when the guest has nothing left to do for it.
   */
  static void runNothing(AgentClient agent, Deadline deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    run(agent, NOTHING, deadline.left(), deadline);
    // The agent cleans up after its answer, and takes the next call after that.
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
