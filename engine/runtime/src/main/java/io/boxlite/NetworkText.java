package io.boxlite;

import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkEvent.Result;
import io.boxlite.text.AddressText;
import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The text forms of {@link NetworkEvent} and {@link NetworkLog}. */
final class NetworkText {
  /** UTC. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private NetworkText() {}

  static String line(NetworkEvent event) {
    StringBuilder line = new StringBuilder();
    line.append(event.result()).append(' ').append(event.kind().name().toLowerCase(Locale.ROOT));
    String names = String.join(", ", event.hostNames());
    String addresses =
        event.addresses().stream()
            .map(
                address ->
                    event.port().isPresent()
                        ? AddressText.format(address, event.port().getAsInt())
                        : AddressText.format(address))
            .collect(Collectors.joining(", "));
    if (event.kind() == Kind.CONNECT) {
      append(line, " ", addresses);
      append(line, " of ", names);
    } else {
      append(line, " ", names);
      append(line, event.result() == Result.ALLOWED ? " to " : " with ", addresses);
    }
    if (event.result() == Result.ALLOWED && event.kind() == Kind.CONNECT) {
      line.append(
          event
              .duration()
              .map(
                  duration ->
                      ": sent "
                          + SizeText.format(event.bytesSent())
                          + ", received "
                          + SizeText.format(event.bytesReceived())
                          + " in "
                          + DurationText.format(duration))
              .orElse(": open"));
    }
    append(line, ": ", event.reason().orElse(""));
    append(line, "; with secret ", String.join(", ", event.secrets()));
    append(line, "; ", String.join("; ", event.secretProblems()));
    if (event.times() > 1) {
      line.append(" (").append(event.times()).append(" times)");
    }
    return line.toString();
  }

  private static void append(StringBuilder line, String separator, String text) {
    if (!text.isEmpty()) {
      line.append(separator).append(text);
    }
  }

  static String summary(NetworkLog log) {
    return "connections: " + counts(log, Kind.CONNECT) + "; names: " + counts(log, Kind.RESOLVE);
  }

  private static String counts(NetworkLog log, Kind kind) {
    return log.count(kind, Result.ALLOWED)
        + " allowed, "
        + log.count(kind, Result.REFUSED)
        + " refused, "
        + log.count(kind, Result.FAILED)
        + " failed";
  }

  static String describe(NetworkLog log) {
    List<String> lines = new ArrayList<>();
    lines.add(summary(log));
    log.events().forEach(event -> lines.add(TIME.format(event.time()) + " " + event));
    long kept = log.events().stream().mapToLong(NetworkEvent::times).sum();
    long all = 0;
    for (Kind kind : Kind.values()) {
      for (Result result : Result.values()) {
        all += log.count(kind, result);
      }
    }
    if (kept < all) {
      lines.add(1, "(" + (all - kept) + " earlier events are no longer kept)");
    }
    return String.join(System.lineSeparator(), lines);
  }
}
