package io.boxlite.samples.grading;

import io.boxlite.ExecResult;

/**
 * A submission and its verdict.
 *
 * @param submission the submission
 * @param result the result of running its program
 * @param verdict the verdict
 * @param boxWorks whether the box still worked as before afterwards
 */
record Graded(Submission submission, ExecResult result, Verdict verdict, boolean boxWorks) {
  boolean asExpected() {
    return boxWorks && submission.expectation().isMetBy(verdict, result);
  }

  String actual() {
    return Expectation.text(verdict, result) + (boxWorks ? "" : ", BOX DAMAGED");
  }
}
