package io.boxlite;

/** How an execution ended. */
public enum Outcome {
  /** The program ended by itself; {@link ExecResult#exitCode()} says with what. */
  EXITED,

  /** A signal ended the program that no limit of its command had sent. */
  SIGNALED,

  /**
   * Killed because the wall-clock limit, {@link Command#timeout()}, had passed. That is time on the
   * wall, whatever the host did meanwhile: {@link ExecResult#stolenTime()} tells how much of it the
   * box had no processor, so that a judge can run the program again where it was too much.
   */
  TIMED_OUT,

  /** Killed because the whole process tree had used {@link Command#cpuTime()} of processor time. */
  CPU_TIME_EXCEEDED,

  /**
   * Killed because the process tree needed more memory than it may have: its {@link
   * Command#memoryMib()}, or the box's, of which it had more than half. Also when the memory that
   * it may have is so little that it got nowhere: for two seconds, or until its time was up, it did
   * hardly anything but read again what had just been taken from it of its own program.
   */
  OUT_OF_MEMORY,

  /**
   * Killed because one of the output streams exceeded {@link Command#maxOutputBytes()}. The result
   * then always has signal 9, also when the program was quick enough to end by itself after it had
   * written too much.
   */
  OUTPUT_LIMIT_EXCEEDED,

  /**
   * Killed within its own limit because the box had no more memory: others, or files in memory,
   * have too much of it. Never the program's verdict; run it beside less, or in a box with more
   * memory.
   */
  BOX_OUT_OF_MEMORY,

  /** The box died or stopped answering: the box's fault, never the program's verdict. */
  BOX_LOST
}
