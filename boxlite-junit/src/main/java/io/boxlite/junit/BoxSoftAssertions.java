package io.boxlite.junit;

import io.boxlite.junit.assertions.BoxSoftAssertionsProvider;
import org.assertj.core.api.SoftAssertions;

/**
 * Soft assertions: AssertJ's own, and those on boxes and on what ran in them. {@code assertAll()}
 * reports all failures at once.
 *
 * <pre><code class="java">
 * BoxSoftAssertions softly = new BoxSoftAssertions();
 * ExecResult result = box.exec("sh", "-c", "echo 41; exit 1");
 * softly.assertThat(result).succeeded();               // fails
 * softly.assertThat(result).stdout().contains("42");   // also fails
 * softly.assertThat(result).finishedWithin(ofSeconds(5)); // passes
 * softly.assertAll();                                  // reports both
 * </code></pre>
 *
 * <p>It works with AssertJ's {@code SoftAssertionsExtension} and {@code @InjectSoftAssertions}.
 */
public class BoxSoftAssertions extends SoftAssertions implements BoxSoftAssertionsProvider {
  /** Creates soft assertions that have collected no failure. */
  public BoxSoftAssertions() {}
}
