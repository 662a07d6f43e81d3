package io.boxlite.samples.grading;

import io.boxlite.Command;
import java.util.function.UnaryOperator;

/**
 * A Python program to grade.
 *
 * @param group what kind it is of
 * @param name its name in the table
 * @param program its source
 * @param limits changes the command that runs it, to give it other limits
 * @param expectation what should come out
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
