package io.boxlite;

import io.boxlite.internal.check.Arguments;
import io.boxlite.text.DurationText;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and checks {@link Wait}. */
final class WaitText {
  private static final int MAX_PORT = 65_535;

  /** The last one counts: a text or a command may have the word as well. */
  private static final Pattern WITHIN = Pattern.compile("(?s)(.*\\S)\\s+within\\s+(\\S.*)");

  private static final Pattern HTTP =
      Pattern.compile("(\\d{1,9})(/.*?)(?:=(\\d{3})(?:-(\\d{3}))?)?");

  private WaitText() {}

  static Wait parse(String text) {
    Matcher within = WITHIN.matcher(text);
    if (within.matches()) {
      Optional<Duration> timeout = duration(within.group(2).strip());
      if (timeout.isPresent()) {
        return kind(within.group(1)).timeout(timeout.get());
      }
    }
    return kind(text);
  }

  /** Not a duration: the word "within" belongs to the text or the command. */
  private static Optional<Duration> duration(String text) {
    try {
      return Optional.of(DurationText.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Wait kind(String text) {
    int colon = text.indexOf(':');
    String rest = text.substring(colon + 1).strip();
    String kind = colon < 0 ? "" : text.substring(0, colon).strip();
    Optional<? extends Wait> wait =
        switch (kind) {
          case "port" -> OptionText.wholeNumber(rest).map(Wait::port);
          case "http" -> http(rest);
          case "output" -> Optional.of(Wait.output(rest));
          case "exec" -> Optional.of(rest).filter(line -> !line.isEmpty()).map(WaitText::shell);
          default -> Optional.empty();
        };
    if (wait.isEmpty()) {
      throw new IllegalArgumentException(
          "waitFor has \""
              + Arguments.shown(text)
              + "\"; write one of port:5432, http:8080/path, http:8080/path=200, output:TEXT or"
              + " exec:COMMAND, and \" within 2min\" after it for another timeout");
    }
    return wait.get();
  }

  private static Optional<Wait.Http> http(String text) {
    Matcher http = HTTP.matcher(text);
    if (!http.matches()) {
      return Optional.empty();
    }
    Wait.Http wait = Wait.http(http.group(2), Integer.parseInt(http.group(1)));
    if (http.group(3) == null) {
      return Optional.of(wait);
    }
    String most = http.group(4) == null ? http.group(3) : http.group(4);
    return Optional.of(wait.status(Integer.parseInt(http.group(3)), Integer.parseInt(most)));
  }

  private static Wait shell(String line) {
    return Wait.exec("sh", "-c", line);
  }

  static void checkPort(int port) {
    Arguments.inRange("port of a wait", port, 1, MAX_PORT);
  }

  static void checkTimeout(Duration timeout) {
    Arguments.positive("timeout of a wait", timeout, Wait.MAX_TIMEOUT);
  }
}
