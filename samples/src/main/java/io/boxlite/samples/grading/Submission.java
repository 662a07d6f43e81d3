package io.boxlite.samples.grading;

import io.boxlite.Command;
import java.util.function.UnaryOperator;

/**
 * A Python program to grade.
 *
 * @param group its kind
 * @param name its name in the table
 * @param program its source code
 * @param limits changes the limits of the command that runs it
 * @param expectation the expected result
 */
record Submission(
    Group group,
    String name,
    String program,
    UnaryOperator<Command> limits,
    Expectation expectation) {

  /** The kinds of submissions. */
  enum Group {
    CANONICAL("HumanEval, canonical solution"),
    WRONG("HumanEval, wrong solution"),
    HOSTILE("hostile or broken");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }
}
