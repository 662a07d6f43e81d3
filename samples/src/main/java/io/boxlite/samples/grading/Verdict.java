package io.boxlite.samples.grading;

import io.boxlite.ExecResult;

/** A grader's verdict on a program. */
enum Verdict {
  /** The program ran to its end and passed all checks. */
  ACCEPTED,

  /** The program exited early, or with another exit code than 0. */
  REJECTED,

  /** A signal ended the program. */
  CRASHED,

  /** The program exceeded its wall-clock limit. */
  TIMED_OUT,

  /** The program exceeded its limit on processor time. */
  CPU_TIME_EXCEEDED,

  /** The program exceeded its memory limit. */
  OUT_OF_MEMORY,

  /** The program exceeded its output limit. */
  OUTPUT_LIMIT_EXCEEDED,

  /** No verdict: the box failed, not the program. */
  NONE;

  /**
   * Returns the verdict on a result.
   *
   * @param proof the last line printed by a program that ran to its end; exit code 0 does not prove
   *     that, since a program can exit with it at any point
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
