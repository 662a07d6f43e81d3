package io.boxlite;

import io.boxlite.internal.check.Arguments;
import io.boxlite.text.DurationText;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Reads and checks the values of {@link BoxOption}. */
final class OptionText {
  private static final Duration PREPARE_TIMEOUT = // long enough for a package manager
      Duration.ofMinutes(10);

  private OptionText() {}

  static UnaryOperator<String> matching(String name, Pattern pattern, String expected) {
    return value -> {
      if (!pattern.matcher(value).matches()) {
        throw new IllegalArgumentException(
            name + " is \"" + Arguments.shown(value) + "\"; it must be " + expected);
      }
      return value;
    };
  }

  static Optional<Integer> wholeNumber(String text) {
    try {
      return Optional.of(Integer.valueOf(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  static Optional<Boolean> bool(String text) {
    return text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")
        ? Optional.of(Boolean.valueOf(text))
        : Optional.empty();
  }

  static Duration duration(String name, String text) {
    try {
      return DurationText.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          name + " is \"" + Arguments.shown(text) + "\"; " + e.getMessage(), e);
    }
  }

  static Map<String, String> environment(List<String> entries) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String entry : entries) {
      int equals = entry.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "env entry \"" + Arguments.shown(entry) + "\" must be of the form \"NAME=value\"");
      }
      String name = entry.substring(0, equals);
      if (variables.put(name, entry.substring(equals + 1)) != null) {
        throw new IllegalArgumentException("env sets " + name + " twice; keep one of them");
      }
    }
    return variables;
  }

  static Map<String, String> environment(Map<String, String> variables) {
    variables.forEach(
        (name, value) ->
            Arguments.noNul(
                "value of environment variable " + Arguments.shown(Arguments.environmentName(name)),
                value));
    return Collections.unmodifiableMap(new LinkedHashMap<>(variables));
  }

  static void requireAllowed(Network network, Optional<String> join, SecurityOptions security) {
    if (!network.isNone() && !security.networkEnabled()) {
      throw new IllegalArgumentException(
          "network is \""
              + Arguments.shown(network.toString())
              + "\", but security has networkEnabled=false; use Network.none(), or allow networks"
              + " with networkEnabled=true");
    }
    if (join.isPresent() && !security.networkEnabled()) {
      throw new IllegalArgumentException(
          "join is \""
              + Arguments.shown(join.get())
              + "\", but security has networkEnabled=false; join no network, or allow networks"
              + " with networkEnabled=true");
    }
  }

  static Command shellCommand(String line) {
    return Command.of("sh", "-c", line).timeout(PREPARE_TIMEOUT);
  }

  /** Checks that no port is published twice. */
  static List<PublishedPort> ports(List<PublishedPort> ports) {
    for (int i = 0; i < ports.size(); i++) {
      PublishedPort port = ports.get(i);
      for (PublishedPort other : ports.subList(0, i)) {
        boolean sameOfHost =
            port.hostPort().isPresent() && port.hostPort().equals(other.hostPort());
        if (sameOfHost || port.guestPort() == other.guestPort()) {
          throw new IllegalArgumentException(
              "ports has " + other + " and " + port + "; publish each port once");
        }
      }
    }
    return List.copyOf(ports);
  }

  static List<Command> preparing(List<Command> commands) {
    for (Command command : commands) {
      if (!command.isRepeatable()) {
        throw new IllegalArgumentException(
            "prepare has `"
                + command
                + "`, whose standard input is a stream, which can be read only once; give it"
                + " bytes or text");
      }
      if (command.tty().isPresent()) {
        throw new IllegalArgumentException(
            "prepare has `" + command + "`, which has a terminal; remove tty()");
      }
    }
    return List.copyOf(commands);
  }
}
