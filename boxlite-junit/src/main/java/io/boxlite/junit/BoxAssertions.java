package io.boxlite.junit;

import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import io.boxlite.junit.assertions.ExecResultAssert;
import io.boxlite.junit.assertions.LiteBoxAssert;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/**
 * Entry point for assertions on boxes and on what ran in them.
 *
 * <p>It extends AssertJ's own entry point, so one static import covers both:
 *
 * <pre><code class="java">
 * import static io.boxlite.junit.BoxAssertions.assertThat;
 *
 * assertThat(box.exec("echo", "hi")).succeeded().hasStdout("hi\n");
 * assertThat(List.of(1, 2)).hasSize(2);
 * </code></pre>
 *
 * <p>It can be imported together with AssertJ's {@code assertThat}.
 */
public class BoxAssertions extends Assertions {
  /** For subclasses that add more entry points. */
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
