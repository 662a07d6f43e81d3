package io.boxlite;

import io.boxlite.internal.check.Arguments;
import io.boxlite.text.DurationText;
import io.boxlite.text.HostNameText;
import io.boxlite.text.SizeText;
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

  /** Each volume takes memory of the agent, and threads of this JVM while it is used. */
  private static final int MOST_MOUNTS = 32;

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

  static void requireDistinct(Map<String, String> env, List<Secret> secrets) {
    for (Secret secret : secrets) {
      if (env.containsKey(secret.name())) {
        throw new IllegalArgumentException(
            "env sets "
                + secret.name()
                + ", which is also the name of a secret; remove one of them, or rename the secret");
      }
    }
  }

  static void requireMainCommand(List<Wait> waits, Optional<StartCommand> mainCommand) {
    for (Wait wait : waits) {
      if (wait instanceof Wait.Output && mainCommand.isEmpty()) {
        throw new IllegalArgumentException(
            "waitFor has \""
                + Arguments.shown(wait.toString())
                + "\", but the box has no main command whose output it could be; add"
                + " startCommand(), or wait for something else");
      }
    }
  }

  static List<BoxVolume> volumes(List<BoxVolume> volumes) {
    if (volumes.size() > MOST_MOUNTS) {
      throw tooMany("volumes", volumes.size());
    }
    MountPath.requireDistinct("volumes", volumes.stream().map(BoxVolume::path).toList());
    return List.copyOf(volumes);
  }

  static Map<String, Integer> tmpfs(List<String> entries) {
    Map<String, Integer> sizes = new LinkedHashMap<>();
    for (String entry : entries) {
      int colon = entry.lastIndexOf(':');
      if (colon < 1) {
        throw new IllegalArgumentException(
            "tmpfs entry \""
                + Arguments.shown(entry)
                + "\" must be of the form \"/PATH:SIZE\", such as \"/scratch:64MiB\"");
      }
      String path = MountPath.check("tmpfs path", entry.substring(0, colon));
      if (sizes.put(path, mib(entry, entry.substring(colon + 1))) != null) {
        MountPath.requireDistinct("tmpfs", List.of(path, path));
      }
    }
    return sizes;
  }

  private static int mib(String entry, String size) {
    long bytes;
    try {
      bytes = SizeText.parse(size);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "tmpfs entry \"" + Arguments.shown(entry) + "\": " + e.getMessage(), e);
    }
    if (bytes % (1 << 20) != 0) {
      throw new IllegalArgumentException(
          "tmpfs entry \"" + Arguments.shown(entry) + "\": the size must be whole MiB");
    }
    return (int) Math.min(Integer.MAX_VALUE, bytes >> 20);
  }

  static Map<String, Integer> tmpfs(Map<String, Integer> sizes) {
    if (sizes.size() > MOST_MOUNTS) {
      throw tooMany("tmpfs", sizes.size());
    }
    Map<String, Integer> checked = new LinkedHashMap<>();
    sizes.forEach(
        (path, mib) -> {
          String whole = MountPath.check("tmpfs path", path);
          int size = Arguments.inRange("tmpfs size of " + Arguments.shown(path), mib, 1, 1 << 20);
          if (checked.put(whole, size) != null) {
            MountPath.requireDistinct("tmpfs", List.of(whole, whole));
          }
        });
    return Collections.unmodifiableMap(checked);
  }

  private static IllegalArgumentException tooMany(String option, int count) {
    return new IllegalArgumentException(
        option + " has " + count + " entries; at most " + MOST_MOUNTS + " are possible");
  }

  static Command shellCommand(String line) {
    return Command.of("sh", "-c", line).timeout(PREPARE_TIMEOUT);
  }

  /** Checks an alias for what programs never look up: the name of their own box, and numbers. */
  static String aliasThatIsAName(String alias) {
    if (alias.equalsIgnoreCase("localhost") || HostNameText.canonical(alias).isEmpty()) {
      throw new IllegalArgumentException(
          "alias is \""
              + alias
              + "\", which programs take for an address or for their own box; use another name");
    }
    return alias;
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
