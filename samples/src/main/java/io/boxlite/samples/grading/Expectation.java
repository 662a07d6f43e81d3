package io.boxlite.samples.grading;

import io.boxlite.ExecResult;

/**
 * The expected result of a submission.
 *
 * @param verdict the verdict
 * @param status the exit code of a program that is accepted or rejected, the signal that ended any
 *     other; -1 for any
 * @param says text that standard output or standard error must contain, so that a program that
 *     fails for another reason does not count as expected
 */
record Expectation(Verdict verdict, int status, String says) {
  static Expectation accepted() {
    return new Expectation(Verdict.ACCEPTED, 0, "");
  }

  static Expectation rejected(int exitCode) {
    return new Expectation(Verdict.REJECTED, exitCode, "");
  }

  static Expectation crashed(int signal) {
    return new Expectation(Verdict.CRASHED, signal, "");
  }

  static Expectation killed(Verdict verdict) {
    return new Expectation(verdict, -1, "");
  }

  Expectation saying(String text) {
    return new Expectation(verdict, status, text);
  }

  boolean isMetBy(Verdict actual, ExecResult result) {
    return actual == verdict
        && (status < 0 || status == statusOf(result))
        && (result.stdout().contains(says) || result.stderr().contains(says));
  }

  String text() {
    return text(verdict, status);
  }

  static String text(Verdict verdict, ExecResult result) {
    return text(verdict, statusOf(result));
  }

  private static int statusOf(ExecResult result) {
    return result.signal() == 0 ? result.exitCode() : result.signal();
  }

  private static String text(Verdict verdict, int status) {
    return switch (verdict) {
      case REJECTED -> verdict + ", exit " + status;
      case CRASHED -> verdict + ", signal " + status;
      default -> verdict.toString();
    };
  }
}
