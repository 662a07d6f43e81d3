package io.boxlite.junit;

import io.boxlite.BoxOptions;
import io.boxlite.BoxliteException;
import io.boxlite.HypervisorUnavailableException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/** What becomes of a test whose box cannot start, because none can here. */
final class Availability {
  private Availability() {}

  /**
   * Starts a box.
   *
   * @throws TestAbortedException when no box can start here and the settings say to skip tests then
   * @throws BoxliteException when the box does not start
   */
  static StartedBox start(BoxSession session, BoxOptions options, ExtensionContext context) {
    try {
      return session.start(options);
    } catch (BoxliteException e) {
      boolean none = e instanceof HypervisorUnavailableException || !session.host().canStartBoxes();
      if (none && JUnitSettings.skipUnavailable(context).orElse(false)) {
        BoxSessions.tellOnce(
            context,
            "BoxLite: tests are skipped, as boxlite.unavailable=skip says, because no box can"
                + " start here: "
                + e.getMessage());
        throw new TestAbortedException("no box can start here: " + e.getMessage(), e);
      }
      throw e;
    }
  }
}
