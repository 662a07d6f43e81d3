package io.boxlite.junit.assertions;

import io.boxlite.BoxInfo;
import io.boxlite.BoxState;
import io.boxlite.Command;
import io.boxlite.LiteBox;
import io.boxlite.junit.internal.report.ExecResultReport;
import io.boxlite.text.DurationText;
import java.time.Duration;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on a {@link LiteBox}.
 *
 * <p>A failure message has the expectation, the properties of the box, and the last lines of its
 * console.
 */
public class LiteBoxAssert extends AbstractAssert<LiteBoxAssert, LiteBox> {
  private @Nullable BoxSoftAssertionsProvider softly;

  /** For {@link io.boxlite.junit.BoxAssertions#assertThat(LiteBox)}, which most tests use. */
  public LiteBoxAssert(@Nullable LiteBox actual) {
    super(actual, LiteBoxAssert.class);
  }

  /**
   * Verifies that the box is running.
   *
   * <pre><code class="java">
   * assertThat(box).isRunning(); // passes
   * box.stop();
   * assertThat(box).isRunning(); // fails: it is stopped
   * </code></pre>
   */
  public LiteBoxAssert isRunning() {
    return isIn(BoxState.RUNNING, "to be running");
  }

  /**
   * Verifies that the box was stopped or closed.
   *
   * <pre><code class="java">
   * box.close();
   * assertThat(box).isStopped();     // passes
   * assertThat(another).isStopped(); // fails: it is running
   * </code></pre>
   */
  public LiteBoxAssert isStopped() {
    return isIn(BoxState.STOPPED, "to be stopped");
  }

  /**
   * Verifies that the box was lost: its VM died, or stopped answering.
   *
   * <pre><code class="java">
   * ProcessHandle.of(box.info().hypervisorPid()).orElseThrow().destroyForcibly().onExit().join();
   * assertThat(box).isLost();     // passes
   * assertThat(another).isLost(); // fails: it is running
   * </code></pre>
   */
  public LiteBoxAssert isLost() {
    return isIn(BoxState.LOST, "to be lost");
  }

  /**
   * Verifies that the box was ready within the given time.
   *
   * <pre><code class="java">
   * assertThat(box).startedWithin(Duration.ofSeconds(10)); // passes
   * assertThat(box).startedWithin(Duration.ofNanos(1));    // fails: it took 43.1 ms
   * </code></pre>
   *
   * @param limit not negative
   * @throws IllegalArgumentException if the limit is negative
   */
  public LiteBoxAssert startedWithin(Duration limit) {
    if (limit.isNegative()) {
      throw new IllegalArgumentException("limit is " + limit + "; it must not be negative");
    }
    Duration taken = box().info().startTime();
    if (taken.compareTo(limit) > 0) {
      throw unexpected(
          "to start within " + DurationText.format(limit),
          "but it took " + DurationText.format(taken));
    }
    return this;
  }

  /**
   * Runs a command in the box and returns assertions on its result.
   *
   * <pre><code class="java">
   * assertThat(box).executing("echo", "hi").hasStdout("hi\n"); // passes
   * assertThat(box).executing("false").succeeded();            // fails: exited with 1
   * </code></pre>
   *
   * @param argv the program and its arguments, as {@link Command#of} takes them
   */
  public ExecResultAssert executing(String... argv) {
    return executing(Command.of(argv));
  }

  /**
   * Runs a command in the box and returns assertions on its result.
   *
   * <pre><code class="java">
   * Command hog = Command.of("tail", "/dev/zero").memoryMib(32);
   * assertThat(box).executing(hog).ranOutOfMemory(); // passes
   * assertThat(box).executing(hog).succeeded();      // fails: ran out of memory at 32 MiB
   * </code></pre>
   */
  public ExecResultAssert executing(Command command) {
    BoxSoftAssertionsProvider soft = softly;
    return (soft == null
            ? new ExecResultAssert(box().exec(command))
            : soft.assertThat(box().exec(command)))
        .as(descriptionText());
  }

  /** Makes the assertions that {@link #executing} returns soft, too. */
  void collectErrorsIn(BoxSoftAssertionsProvider softly) {
    this.softly = softly;
  }

  private LiteBoxAssert isIn(BoxState expected, String expectation) {
    BoxState state = box().info().state();
    if (state != expected) {
      throw unexpected(
          expectation,
          "but it is "
              + switch (state) {
                case RUNNING -> "running";
                case STOPPED -> "stopped";
                case LOST -> "lost";
              });
    }
    return this;
  }

  private AssertionError unexpected(String expectation, String reality) {
    BoxInfo info = box().info();
    String console = box().consoleTail();
    return failure(
        "%s",
        "\nExpecting "
            + box()
            + " "
            + expectation
            + "\n"
            + reality
            + ":\n  image:       "
            + info.image().orElse("built-in")
            + "\n  memory:      "
            + info.memoryMib()
            + " MiB\n  accelerator: "
            + info.accelerator()
            + "\n  started in:  "
            + DurationText.format(info.startTime())
            + info.loss().map(loss -> "\n  lost:        " + loss).orElse("")
            + (console.isBlank()
                ? ""
                : "\n  console:\n" + ExecResultReport.tail(console).indent(4)));
  }

  private LiteBox box() {
    isNotNull();
    return actual;
  }
}
