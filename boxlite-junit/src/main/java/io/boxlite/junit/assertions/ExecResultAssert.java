package io.boxlite.junit.assertions;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import io.boxlite.junit.internal.report.ExecResultReport;
import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import io.boxlite.text.VisibleText;
import java.time.Duration;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.Assertions;
import org.assertj.core.presentation.StandardRepresentation;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on an {@link ExecResult}.
 *
 * <p>A failure message has the expectation, the command, and its result: outcome, exit code, times
 * and memory with their limits, and the end of both streams.
 */
public class ExecResultAssert extends AbstractAssert<ExecResultAssert, ExecResult> {
  private @Nullable BoxSoftAssertionsProvider softly;

  /**
   * Starts assertions; {@link io.boxlite.junit.BoxAssertions#assertThat(ExecResult)} reads better.
   */
  public ExecResultAssert(@Nullable ExecResult actual) {
    super(actual, ExecResultAssert.class);
  }

  /**
   * Verifies that the command exited with 0.
   *
   * <pre><code class="java">
   * assertThat(box.exec("true")).succeeded();  // passes
   * assertThat(box.exec("false")).succeeded(); // fails: exited with 1
   * </code></pre>
   */
  public ExecResultAssert succeeded() {
    return ended(result().exitCode() == 0, Outcome.EXITED, "to succeed (exit with 0)");
  }

  /**
   * Verifies that the command exited by itself with the given exit code.
   *
   * <pre><code class="java">
   * assertThat(box.exec("sh", "-c", "exit 3")).exitedWith(3);       // passes
   * assertThat(box.exec("sh", "-c", "kill -9 $$")).exitedWith(137); // fails: killed by signal 9
   * </code></pre>
   *
   * @param exitCode 0 to 255
   * @throws IllegalArgumentException if the code is not in that range
   */
  public ExecResultAssert exitedWith(int exitCode) {
    inRange("exitCode", exitCode, 0, 255);
    return ended(result().exitCode() == exitCode, Outcome.EXITED, "to exit with " + exitCode);
  }

  /**
   * Verifies that the given signal killed the command's main process, and that it was not sent
   * because of a limit. Use {@link #ranOutOfMemory()}, {@link #timedOut()} and so on for limits.
   *
   * <pre><code class="java">
   * assertThat(box.exec("sh", "-c", "kill -9 $$")).wasKilledBy(9); // passes
   * assertThat(box.exec("sh", "-c", "exit 137")).wasKilledBy(9);   // fails: exited with 137
   * </code></pre>
   *
   * @param signal the number of the signal on Linux, 1 to 64
   * @throws IllegalArgumentException if the number is not in that range
   */
  public ExecResultAssert wasKilledBy(int signal) {
    inRange("signal", signal, 1, 64);
    return ended(result().signal() == signal, Outcome.SIGNALED, "to be killed by signal " + signal);
  }

  /**
   * Verifies that the command was killed at its wall-clock limit.
   *
   * <pre><code class="java">
   * Command sleep = Command.of("sleep", "5");
   * assertThat(box.exec(sleep.timeout(Duration.ofSeconds(1)))).timedOut(); // passes
   * assertThat(box.exec(sleep)).timedOut();                                // fails: exited with 0
   * </code></pre>
   */
  public ExecResultAssert timedOut() {
    return ended(true, Outcome.TIMED_OUT, "to run out of time");
  }

  /**
   * Verifies that the command was killed because it needed more memory than its limit.
   *
   * <pre><code class="java">
   * Command hog = Command.of("tail", "/dev/zero").memoryMib(32);
   * assertThat(box.exec(hog)).ranOutOfMemory();                          // passes
   * assertThat(box.exec("sh", "-c", "kill -9 $$")).ranOutOfMemory();     // fails: killed by signal 9
   * </code></pre>
   */
  public ExecResultAssert ranOutOfMemory() {
    return ended(true, Outcome.OUT_OF_MEMORY, "to run out of memory");
  }

  /**
   * Verifies that the command was killed because its box had no memory left, although the command
   * was below its own limit. Other commands of the box are the cause.
   *
   * <pre><code class="java">
   * // beside another command that has taken the box's memory
   * assertThat(box.exec(Command.of("sort", "words").memoryMib(64))).foundBoxOutOfMemory();
   * </code></pre>
   */
  public ExecResultAssert foundBoxOutOfMemory() {
    return ended(true, Outcome.BOX_OUT_OF_MEMORY, "to find its box out of memory");
  }

  /**
   * Verifies that the command was killed because it wrote more to one of its output streams than
   * its limit.
   *
   * <pre><code class="java">
   * assertThat(box.exec("yes")).exceededOutput();        // passes
   * assertThat(box.exec("echo", "y")).exceededOutput();  // fails: exited with 0
   * </code></pre>
   */
  public ExecResultAssert exceededOutput() {
    return ended(true, Outcome.OUTPUT_LIMIT_EXCEEDED, "to exceed its output limit");
  }

  /**
   * Verifies that the command was killed because its process tree reached its limit of processor
   * time.
   *
   * <pre><code class="java">
   * Command loop = Command.of("sh", "-c", "while :; do :; done");
   * assertThat(box.exec(loop.cpuTime(Duration.ofSeconds(1)))).exceededCpuTime(); // passes
   * assertThat(box.exec(loop.timeout(Duration.ofSeconds(1)))).exceededCpuTime(); // fails: timed out
   * </code></pre>
   */
  public ExecResultAssert exceededCpuTime() {
    return ended(true, Outcome.CPU_TIME_EXCEEDED, "to run out of processor time");
  }

  /**
   * Verifies that standard output, decoded as UTF-8, equals the given text.
   *
   * <pre><code class="java">
   * assertThat(box.exec("echo", "hi")).hasStdout("hi\n"); // passes
   * assertThat(box.exec("echo", "hi")).hasStdout("hi");   // fails: the line break is missing
   * </code></pre>
   */
  public ExecResultAssert hasStdout(String expected) {
    return wrote("stdout", result().stdout(), expected);
  }

  /**
   * Verifies that standard error, decoded as UTF-8, equals the given text.
   *
   * <pre><code class="java">
   * assertThat(box.exec("sh", "-c", "echo oh >&2")).hasStderr("oh\n"); // passes
   * assertThat(box.exec("echo", "oh")).hasStderr("oh\n");              // fails: it is empty
   * </code></pre>
   */
  public ExecResultAssert hasStderr(String expected) {
    return wrote("stderr", result().stderr(), expected);
  }

  /**
   * Returns assertions on standard output, decoded as UTF-8.
   *
   * <pre><code class="java">
   * assertThat(box.exec("uname", "-a")).stdout().startsWith("Linux"); // passes
   * assertThat(box.exec("uname", "-a")).stdout().isEmpty();           // fails
   * </code></pre>
   */
  public AbstractStringAssert<?> stdout() {
    return stream("stdout", result().stdout());
  }

  /**
   * Returns assertions on standard error, decoded as UTF-8.
   *
   * <pre><code class="java">
   * assertThat(box.exec("ls", "/none")).stderr().contains("No such file"); // passes
   * assertThat(box.exec("ls", "/none")).stderr().isEmpty();                // fails
   * </code></pre>
   */
  public AbstractStringAssert<?> stderr() {
    return stream("stderr", result().stderr());
  }

  /**
   * Verifies that the command ended, for whatever reason, within the given wall-clock time. The
   * time is measured in the box from the start of the process.
   *
   * <pre><code class="java">
   * assertThat(box.exec("sleep", "1")).finishedWithin(Duration.ofSeconds(5)); // passes
   * assertThat(box.exec("sleep", "5")).finishedWithin(Duration.ofSeconds(1)); // fails: took 5 s
   * </code></pre>
   *
   * @param limit not negative
   * @throws IllegalArgumentException if the limit is negative
   */
  public ExecResultAssert finishedWithin(Duration limit) {
    if (limit.isNegative()) {
      throw new IllegalArgumentException("limit is " + limit + "; it must not be negative");
    }
    ExecResult result = result();
    if (result.outcome() == Outcome.BOX_LOST || result.wallTime().compareTo(limit) > 0) {
      throw unexpected(
          "to finish within " + DurationText.format(limit),
          "but it took "
              + DurationText.format(result.wallTime())
              + " and "
              + ExecResultReport.summary(result));
    }
    return this;
  }

  /**
   * Verifies that the peak memory of the command's process tree, including the page cache charged
   * to it, was at most the given size.
   *
   * <pre><code class="java">
   * assertThat(box.exec("true")).usedAtMost(64L << 20); // passes
   * assertThat(box.exec("true")).usedAtMost(1);         // fails
   * </code></pre>
   *
   * @param bytes not negative
   * @throws IllegalArgumentException if the number is negative
   * @see Command#memoryMib(int)
   */
  public ExecResultAssert usedAtMost(long bytes) {
    inRange("bytes", bytes, 0, Long.MAX_VALUE);
    ExecResult result = result();
    if (result.peakMemoryBytes() > bytes) {
      throw unexpected(
          "to use at most " + size(bytes) + " of memory",
          "but it used " + size(result.peakMemoryBytes()));
    }
    return this;
  }

  /** Returns a size with its exact number of bytes, since two sizes may look the same otherwise. */
  private static String size(long bytes) {
    return bytes < 1024 ? bytes + " bytes" : SizeText.format(bytes) + " (" + bytes + " bytes)";
  }

  private ExecResultAssert ended(boolean asExpected, Outcome expected, String expectation) {
    ExecResult result = result();
    if (result.outcome() != expected || !asExpected) {
      throw unexpected(expectation, "but it " + ExecResultReport.summary(result));
    }
    return this;
  }

  private ExecResultAssert wrote(String stream, String written, String expected) {
    Objects.requireNonNull(expected, "expected");
    if (!written.equals(expected)) {
      throw failureWithActualExpected(
          written,
          expected,
          "%s",
          message(
              "to write exactly the following to "
                  + stream
                  + ":\n"
                  + VisibleText.of(ExecResultReport.ends(expected)).indent(4).stripTrailing(),
              "but it wrote " + TextDifference.of(written, expected)));
    }
    return this;
  }

  /** Makes the assertions that {@link #stdout()} and {@link #stderr()} return soft, too. */
  void collectErrorsIn(BoxSoftAssertionsProvider softly) {
    this.softly = softly;
  }

  private AbstractStringAssert<?> stream(String name, String written) {
    ExecResult result = result();
    String description = descriptionText();
    BoxSoftAssertionsProvider soft = softly;
    return (soft == null ? Assertions.assertThat(written) : soft.assertThat(written))
        .withRepresentation(new EndsOfText())
        .as(
            () ->
                (description.isEmpty() ? "" : "[" + description + "] ")
                    + name
                    + " of a command that "
                    + ExecResultReport.summary(result)
                    + "\n"
                    + ExecResultReport.details(result));
  }

  /** Shows only the beginning and the end of a long text. */
  private static final class EndsOfText extends StandardRepresentation {
    @Override
    protected String toStringOf(String text) {
      return super.toStringOf(ExecResultReport.ends(text));
    }
  }

  private AssertionError unexpected(String expectation, String reality) {
    return failure("%s", message(expectation, reality));
  }

  private String message(String expectation, String reality) {
    return "\nExpecting the command "
        + expectation
        + "\n"
        + reality
        + ":\n"
        + ExecResultReport.details(result());
  }

  private ExecResult result() {
    isNotNull();
    return actual;
  }

  private static void inRange(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be from " + least + " to " + most);
    }
  }
}
