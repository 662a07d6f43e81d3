package io.boxlite.junit.internal.report;

import io.boxlite.LiteBox;
import io.boxlite.NetworkEvent;
import io.boxlite.NetworkEvent.Result;
import io.boxlite.NetworkLog;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What a box did with its network, for the report on a failed test. */
final class NetworkReport {
  private static final int MOST_LINES = 8;

  private static final Comparator<Result> BY_INTEREST =
      Comparator.comparing(
          result ->
              switch (result) {
                case REFUSED -> 0;
                case FAILED -> 1;
                case ALLOWED -> 2;
              });

  private NetworkReport() {}

  /** Returns the log of a box that has used its network. */
  static Optional<NetworkLog> logOf(LiteBox box) {
    try {
      return Optional.of(box.network().log()).filter(log -> !log.events().isEmpty());
    } catch (UnsupportedOperationException e) {
      return Optional.empty(); // a box of a user's own, for tests without virtual machines
    }
  }

  /** Returns the counts and the events that explain a failure best: what was refused, or failed. */
  static String summary(NetworkLog log) {
    List<NetworkEvent> events =
        log.events().stream()
            .sorted(Comparator.comparing(NetworkEvent::result, BY_INTEREST))
            .toList();
    StringBuilder text = new StringBuilder("  network: ").append(log).append('\n');
    events.stream().limit(MOST_LINES).forEach(event -> text.append(line(event)));
    if (events.size() > MOST_LINES) {
      text.append("    and ").append(events.size() - MOST_LINES).append(" more\n");
    }
    return text.toString();
  }

  private static String line(NetworkEvent event) {
    return "    " + event + "\n";
  }
}
