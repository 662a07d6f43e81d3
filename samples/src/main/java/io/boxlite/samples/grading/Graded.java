package io.boxlite.samples.grading;

import io.boxlite.ExecResult;

/**
 * A submission and what became of it.
 *
 * @param submission the submission
 * @param result what happened to its program
 * @param verdict the verdict on it
 * @param boxWorks whether the box it ran in was as good as new after it
 */
record Graded(Submission submission, ExecResult result, Verdict verdict, boolean boxWorks) {
  boolean asExpected() {
    return boxWorks && submission.expectation().isMetBy(verdict, result);
  }

  String actual() {
    return Expectation.text(verdict, result) + (boxWorks ? "" : ", BOX SPOILT");
  }
}
