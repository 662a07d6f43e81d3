package io.boxlite.junit.internal.report;

import java.util.Collection;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what a test has left running in its boxes, and tells where it was started. */
public final class LeakReport {
  /** The key of the report entry. */
  public static final String KEY = "boxlite.leak";

  private static final Logger log = LoggerFactory.getLogger(LeakReport.class);

  private LeakReport() {}

  public static void endAndPublish(ExtensionContext context, Collection<BoxUse> uses) {
    for (BoxUse use : uses) {
      for (BoxJournal.Entry command : use.end()) {
        String text = describe(context, command);
        command.kill();
        UserWarning.warn(log, text);
        publish(context, text);
      }
    }
  }

  private static String describe(ExtensionContext context, BoxJournal.Entry command) {
    return context.getDisplayName()
        + " ended while execution "
        + command.id()
        + " of `"
        + command.command()
        + "` was running, which is killed now; close it, or wait for its end. It was started at\n"
        + command.startedAt().stream()
            .map(frame -> "    at " + frame)
            .collect(Collectors.joining("\n"));
  }

  private static void publish(ExtensionContext context, String text) {
    try {
      context.publishReportEntry(KEY, text);
    } catch (RuntimeException e) {
      log.debug("cannot publish the report of a leak", e);
    }
  }
}
