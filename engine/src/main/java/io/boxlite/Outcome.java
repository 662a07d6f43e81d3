package io.boxlite;

/** How an execution ended. */
public enum Outcome {
  /** The program ended by itself; {@link ExecResult#exitCode()} says with what. */
  EXITED,

  /** A signal ended the program that no limit of its command had sent. */
  SIGNALED,

  /** Killed because the wall-clock limit, {@link Command#timeout()}, had passed. */
  TIMED_OUT,

  /** Killed because the whole process tree had used {@link Command#cpuTime()} of processor time. */
  CPU_TIME_EXCEEDED,

  /** Killed by the guest kernel because the process tree needed more memory than it may have. */
  OUT_OF_MEMORY,

  /** Killed because one of the output streams exceeded {@link Command#maxOutputBytes()}. */
  OUTPUT_LIMIT_EXCEEDED,

  /** The box died or stopped answering: the box's fault, never the program's verdict. */
  BOX_LOST
}
