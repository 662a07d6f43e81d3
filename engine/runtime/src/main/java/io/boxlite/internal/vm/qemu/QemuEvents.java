package io.boxlite.internal.vm.qemu;

import io.boxlite.text.VisibleText;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What of QMP's events is kept (docs/interop/qemu-qmp-ref of QEMU). */
final class QemuEvents {
  private static final Logger log = LoggerFactory.getLogger(QemuEvents.class);

  /** What is logged of an event; the longest that matters has some 200 characters. */
  private static final int LONGEST_EVENT = 500;

  private final CompletableFuture<String> migrationEnd = new CompletableFuture<>();
  private volatile String shutdownReason = "";

  /** Takes the next event. */
  void take(QmpEvent event) {
    log.debug("QMP event {}", VisibleText.line(event.toString(), LONGEST_EVENT));
    switch (event.name()) {
      case "SHUTDOWN" -> shutdownReason = QmpClient.text(event.data().path("reason"));
      case "MIGRATION" -> {
        String status = event.data().path("status").asText();
        if (status.equals("completed") || status.equals("failed")) {
          migrationEnd.complete(status);
        }
      }
      default -> {}
    }
  }

  /** Why the machine was shut down, which comes before the end that it explains; else empty. */
  String shutdownReason() {
    return shutdownReason;
  }

  /**
   * Completes with {@code completed} or {@code failed} when a state was saved; for that the
   * migration capability {@code events} must be set.
   */
  CompletableFuture<String> migrationEnd() {
    return migrationEnd;
  }
}
