package io.boxlite.junit.assertions;

import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import org.assertj.core.api.StandardSoftAssertionsProvider;
import org.jspecify.annotations.Nullable;

/**
 * Soft assertions on boxes and on what ran in them, to be combined with those of other libraries.
 * {@link io.boxlite.junit.BoxSoftAssertions} serves most tests.
 *
 * <pre><code class="java">
 * class ProjectSoftAssertions extends AbstractSoftAssertions
 *     implements BoxSoftAssertionsProvider, JsonSoftAssertionsProvider {}
 * </code></pre>
 */
public interface BoxSoftAssertionsProvider extends StandardSoftAssertionsProvider {
  /** Starts assertions on the result of an execution. */
  default ExecResultAssert assertThat(@Nullable ExecResult actual) {
    ExecResultAssert soft = proxy(ExecResultAssert.class, ExecResult.class, actual);
    soft.collectErrorsIn(this);
    return soft;
  }

  /** Starts assertions on a box. */
  default LiteBoxAssert assertThat(@Nullable LiteBox actual) {
    LiteBoxAssert soft = proxy(LiteBoxAssert.class, LiteBox.class, actual);
    soft.collectErrorsIn(this);
    return soft;
  }
}
