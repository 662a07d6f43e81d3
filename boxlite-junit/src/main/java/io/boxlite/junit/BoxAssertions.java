package io.boxlite.junit;

import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import io.boxlite.junit.assertions.ExecResultAssert;
import io.boxlite.junit.assertions.LiteBoxAssert;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/**
 * Entry point of the assertions on what ran in a box.
 *
 * <p>It extends AssertJ's own entry point, so that one static import serves for both:
 *
 * <pre><code class="java">
 * import static io.boxlite.junit.BoxAssertions.assertThat;
 *
 * assertThat(box.exec("echo", "hi")).succeeded().hasStdout("hi\n");
 * assertThat(List.of(1, 2)).hasSize(2);
 * </code></pre>
 *
 * <p>A static import of AssertJ's {@code assertThat} beside it does no harm.
 */
public class BoxAssertions extends Assertions {
  /** For subclasses that add entry points of their own. */
  protected BoxAssertions() {}

  /** Starts assertions on a box. */
  public static LiteBoxAssert assertThat(@Nullable LiteBox actual) {
    return new LiteBoxAssert(actual);
  }

  /** Starts assertions on the result of an execution. */
  public static ExecResultAssert assertThat(@Nullable ExecResult actual) {
    return new ExecResultAssert(actual);
  }
}
