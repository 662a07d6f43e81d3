package io.boxlite.samples.grading;

import io.boxlite.ExecResult;

/** What a grader says about a program. */
enum Verdict {
  /** It came to its end, past all checks. */
  ACCEPTED,

  /** It ended by itself, and not so. */
  REJECTED,

  /** A signal ended it. */
  CRASHED,

  /** It was still running at the end of its time. */
  TIMED_OUT,

  /** It had used up its processor time. */
  CPU_TIME_EXCEEDED,

  /** It needed more memory than it may have. */
  OUT_OF_MEMORY,

  /** It wrote more than it may. */
  OUTPUT_LIMIT_EXCEEDED,

  /** The box's fault, so there is none. */
  NONE;

  /**
   * Judges a result.
   *
   * @param proof the last line of a program that came to its end; exit code 0 alone is no proof,
   *     since a program can have that at any point
   */
  static Verdict of(ExecResult result, String proof) {
    return switch (result.outcome()) {
      case EXITED ->
          result.exitCode() == 0 && result.stdout().endsWith(proof + "\n") ? ACCEPTED : REJECTED;
      case SIGNALED -> CRASHED;
      case TIMED_OUT -> TIMED_OUT;
      case CPU_TIME_EXCEEDED -> CPU_TIME_EXCEEDED;
      case OUT_OF_MEMORY -> OUT_OF_MEMORY;
      case OUTPUT_LIMIT_EXCEEDED -> OUTPUT_LIMIT_EXCEEDED;
      case BOX_OUT_OF_MEMORY, BOX_LOST -> NONE;
    };
  }
}
