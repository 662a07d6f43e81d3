package io.boxlite;

/** How an execution ended. */
public enum Outcome {
  /** The program exited; {@link ExecResult#exitCode()} is its exit code. */
  EXITED,

  /** A signal ended the program, but not one that enforced a limit of its command. */
  SIGNALED,

  /**
   * Killed because it exceeded the wall-clock limit, {@link Command#timeout()}. The limit does not
   * allow for a busy host: {@link ExecResult#stolenTime()} is the time for which the box waited for
   * a processor, so a judge can run the program again if that was too long.
   */
  TIMED_OUT,

  /** Killed because the process tree exceeded {@link Command#cpuTime()}. */
  CPU_TIME_EXCEEDED,

  /**
   * Killed because the process tree needed more memory than its {@link Command#memoryMib()}, or
   * than the box has, if the tree had no lower limit and used more than half of the box's memory.
   * Also if it was thrashing: for two seconds, or until its time limit, it did little but read
   * pages of its own program again that had just been reclaimed. Also if it was the only command in
   * its box and used up the box's memory through memory of the kernel that counts against no limit.
   */
  OUT_OF_MEMORY,

  /**
   * Killed because one of the output streams exceeded {@link Command#maxOutputBytes()}. The result
   * always has signal 9, even if the program exited before it could be killed.
   */
  OUTPUT_LIMIT_EXCEEDED,

  /**
   * Killed within its own limit because the box ran out of memory: other commands, or files in
   * memory, used too much of it. This is not the program's fault. Run fewer commands at the same
   * time, or give the box more memory.
   */
  BOX_OUT_OF_MEMORY,

  /** The box died or stopped responding. This is not a verdict on the program. */
  BOX_LOST
}
