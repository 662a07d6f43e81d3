package io.boxlite;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Whatever a test awaits may take a minute, unless the test says otherwise: Awaitility's ten
 * seconds are short on a busy machine, and who waits for what comes loses nothing by timeout.
 */
public final class LongAwait implements BeforeAllCallback {
  /** For JUnit, which finds it on the class path. */
  public LongAwait() {}

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
  }
}
