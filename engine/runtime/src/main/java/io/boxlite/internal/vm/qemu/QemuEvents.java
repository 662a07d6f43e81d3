package io.boxlite.internal.vm.qemu;

import io.boxlite.text.VisibleText;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records the QMP events that matter (docs/interop/qemu-qmp-ref of QEMU). */
final class QemuEvents {
  private static final Logger log = LoggerFactory.getLogger(QemuEvents.class);

  /** The maximum number of characters of an event to log; real ones have about 200. */
  private static final int MAX_EVENT = 500;

  private final CompletableFuture<String> migrationEnd = new CompletableFuture<>();
  private volatile String shutdownReason = "";

  /** Takes the next event. */
  void take(QmpEvent event) {
    log.debug("QMP event {}", VisibleText.line(event.toString(), MAX_EVENT));
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

  /** Returns why the machine was shut down, before its process ends; empty when it was not. */
  String shutdownReason() {
    return shutdownReason;
  }

  /**
   * Completes with {@code completed} or {@code failed} when saving a state has ended. Requires the
   * migration capability {@code events}.
   */
  CompletableFuture<String> migrationEnd() {
    return migrationEnd;
  }
}
