package io.boxlite;

/** How an execution ended. */
public enum Outcome {
  /** The program ended by itself; {@link ExecResult#exitCode()} says with what. */
  EXITED,

  /** A signal ended the program that no limit of its command had sent. */
  SIGNALED,

  /**
   * Killed because the wall-clock limit, {@link Command#timeout()}, had passed. The limit does not
   * allow for a busy host: {@link ExecResult#stolenTime()} tells for how long the box waited for a
   * processor, so that a judge can run the program again when that was too long.
   */
  TIMED_OUT,

  /** Killed because the whole process tree had used {@link Command#cpuTime()} of processor time. */
  CPU_TIME_EXCEEDED,

  /**
   * Killed because the process tree needed more memory than its {@link Command#memoryMib()}, or
   * than the box has, when the tree had no lower limit and used more than half of the box's memory.
   * Also when its memory was so little that it made no progress: for two seconds, or at the end of
   * its time, it did hardly anything but read pages of its own program again that had just been
   * reclaimed.
   */
  OUT_OF_MEMORY,

  /**
   * Killed because one of the output streams exceeded {@link Command#maxOutputBytes()}. The result
   * always has signal 9, even when the program ended by itself before it could be killed.
   */
  OUTPUT_LIMIT_EXCEEDED,

  /**
   * Killed within its own limit because the box ran out of memory: other commands, or files in
   * memory, use too much of it. This is not the program's fault; run it beside fewer commands, or
   * in a box with more memory.
   */
  BOX_OUT_OF_MEMORY,

  /** The box died or stopped answering: the box's fault, never the program's verdict. */
  BOX_LOST
}
