package io.boxlite.junit.internal.report;

import java.util.Collection;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kills what a test leaves running in its boxes, and reports where it was started. */
public final class LeakReport {
  /** The key of the report entry. */
  public static final String KEY = "boxlite.leak";

  private static final Logger log = LoggerFactory.getLogger(LeakReport.class);

  private LeakReport() {}

  /** Ends the uses of boxes by a test or class. */
  public static void endAndPublish(ExtensionContext context, Collection<BoxUse> uses) {
    for (BoxUse use : uses) {
      for (RecordedExecution execution : use.end()) {
        String text = describe(context, execution);
        execution.kill();
        UserWarning.warn(log, text);
        publish(context, text);
      }
    }
  }

  private static String describe(ExtensionContext context, RecordedExecution execution) {
    return context.getDisplayName()
        + " ended while execution "
        + execution.id()
        + " of `"
        + execution.command()
        + "` was still running. It was killed. Close the Execution, or wait for its end. It was"
        + " started at\n"
        + execution.startedAt().stream()
            .map(frame -> "    at " + frame)
            .collect(Collectors.joining("\n"));
  }

  private static void publish(ExtensionContext context, String text) {
    try {
      context.publishReportEntry(KEY, text);
    } catch (RuntimeException e) {
      log.debug("cannot publish a report entry", e);
    }
  }
}
