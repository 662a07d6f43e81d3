package io.boxlite.internal.host.settings;

import io.boxlite.BoxliteException;
import io.boxlite.text.EditDistance;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A source of settings: system properties, environment variables, or given defaults. */
record SettingSource(
    String place, String prefix, Function<Setting, String> name, Map<String, String> values) {

  /**
   * Names that begin like settings but are not: {@code boxlite.setup} and what starts with {@code
   * boxlite.build.}, {@code boxlite.test.} or {@code boxlite.bench.} belong to BoxLite's own build,
   * {@code boxlite.doctor.} and {@code boxlite.maven.} to the Maven plugin. A property given to
   * Maven reaches every JVM that Maven forks.
   */
  private static final Set<String> FOREIGN =
      Set.of(
          "boxlite.setup",
          "boxlite.build",
          "boxlite.test",
          "boxlite.bench",
          "boxlite.doctor",
          "boxlite.maven");

  static SettingSource systemProperties(Map<String, String> properties) {
    return new SettingSource("system property", "boxlite.", Setting::key, properties);
  }

  static SettingSource environment(Map<String, String> variables) {
    return new SettingSource("environment variable", "BOXLITE_", Setting::variable, variables);
  }

  static SettingSource fallbacks(Map<String, String> settings) {
    return new SettingSource("setting", "boxlite.", Setting::key, settings);
  }

  /** Rejects unknown names that look like settings, which would otherwise be ignored silently. */
  SettingSource withoutUnknownNames() {
    Set<String> known =
        Arrays.stream(Setting.values()).map(name).collect(Collectors.toCollection(TreeSet::new));
    for (String candidate : new TreeSet<>(values.keySet())) {
      if (candidate.startsWith(prefix) && !known.contains(candidate) && !isForeign(candidate)) {
        throw new BoxliteException(
            place
                + " "
                + candidate
                + " is unknown; did you mean "
                + EditDistance.nearest(candidate, known)
                + "? The known names are "
                + String.join(", ", known));
      }
    }
    return this;
  }

  private static boolean isForeign(String candidate) {
    String key = candidate.toLowerCase(Locale.ROOT).replace('_', '.');
    return FOREIGN.stream()
        .anyMatch(foreign -> key.equals(foreign) || key.startsWith(foreign + "."));
  }

  /** Returns the value with its origin. A blank value counts as absent. */
  Optional<Found> find(Setting setting) {
    String key = name.apply(setting);
    return Optional.ofNullable(values.get(key))
        .filter(value -> !value.isBlank())
        .map(value -> new Found(place + " " + key, value.strip()));
  }

  /** A value and a description of where it was set. */
  record Found(String where, String value) {}
}
