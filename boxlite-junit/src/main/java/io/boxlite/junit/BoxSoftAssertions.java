package io.boxlite.junit;

import io.boxlite.junit.assertions.BoxSoftAssertionsProvider;
import org.assertj.core.api.SoftAssertions;

/**
 * Assertions that are all made before any of them fails the test: AssertJ's own, and those on boxes
 * and on what ran in them.
 *
 * <pre><code class="java">
 * BoxSoftAssertions softly = new BoxSoftAssertions();
 * ExecResult result = box.exec("sh", "-c", "echo 41; exit 1");
 * softly.assertThat(result).succeeded();               // fails
 * softly.assertThat(result).stdout().contains("42");   // fails, too
 * softly.assertThat(result).finishedWithin(ofSeconds(5)); // passes
 * softly.assertAll();                                  // tells of both
 * </code></pre>
 *
 * <p>AssertJ's {@code SoftAssertionsExtension} and {@code @InjectSoftAssertions} take this type as
 * any other of its kind.
 */
public class BoxSoftAssertions extends SoftAssertions implements BoxSoftAssertionsProvider {
  /** Starts without a failure. */
  public BoxSoftAssertions() {}
}
