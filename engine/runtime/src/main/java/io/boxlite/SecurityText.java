package io.boxlite;

import io.boxlite.internal.check.Arguments;
import io.boxlite.text.EditDistance;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The text form of {@link SecurityOptions}: a preset, and changes to it. */
final class SecurityText {
  private static final Map<String, SecurityOptions> PRESETS = new LinkedHashMap<>();
  private static final Map<String, SecurityProperty> PROPERTIES =
      Arrays.stream(SecurityProperty.values())
          .collect(
              Collectors.toMap(
                  SecurityProperty::label, Function.identity(), (a, b) -> a, LinkedHashMap::new));

  static {
    PRESETS.put("standard", SecurityOptions.standard());
    PRESETS.put("development", SecurityOptions.development());
    PRESETS.put("maximum", SecurityOptions.maximum());
  }

  private SecurityText() {}

  static SecurityOptions parse(String... texts) {
    List<String> words =
        Arrays.stream(texts)
            .flatMap(text -> Stream.of(text.split(",", -1)))
            .map(String::strip)
            .toList();
    SecurityOptions options = words.isEmpty() ? null : PRESETS.get(words.get(0));
    if (options == null) {
      throw noPreset(words.isEmpty() ? "" : words.get(0));
    }
    Set<SecurityProperty> changed = EnumSet.noneOf(SecurityProperty.class);
    for (String word : words.subList(1, words.size())) {
      int equals = word.indexOf('=');
      String name = (equals < 0 ? word : word.substring(0, equals)).strip();
      SecurityProperty property = PROPERTIES.get(name);
      if (property == null || equals < 0) {
        throw noChange(word, name, property != null);
      }
      if (!changed.add(property)) {
        throw new IllegalArgumentException("security sets " + name + " twice; keep one of them");
      }
      options = options.with(property, property.read(word.substring(equals + 1).strip()));
    }
    return options;
  }

  private static IllegalArgumentException noPreset(String word) {
    boolean misspelt = !word.isEmpty() && !word.contains("=");
    return new IllegalArgumentException(
        "security begins with \""
            + Arguments.shown(word)
            + "\"; "
            + (misspelt
                ? "did you mean " + EditDistance.nearest(word, PRESETS.keySet()) + "? Begin"
                : "begin")
            + " with one of "
            + String.join(", ", PRESETS.keySet())
            + "; changes may follow, such as \"maximum, maxOpenFiles=2048\"");
  }

  private static IllegalArgumentException noChange(String word, String name, boolean known) {
    return new IllegalArgumentException(
        "security has \""
            + Arguments.shown(word)
            + "\"; "
            + (known
                ? "write " + name + "=VALUE"
                : PRESETS.containsKey(name)
                    ? "it takes one preset, which comes first, and changes of the form NAME=VALUE"
                    : "did you mean "
                        + EditDistance.nearest(name, PROPERTIES.keySet())
                        + "? The known names are "
                        + String.join(", ", PROPERTIES.keySet())));
  }

  /** Returns the text with the fewest changes. */
  static String format(SecurityOptions options) {
    return PRESETS.entrySet().stream()
        .filter(
            preset -> options.values().keySet().containsAll(preset.getValue().values().keySet()))
        .map(preset -> words(preset.getKey(), preset.getValue(), options))
        .min(Comparator.comparingInt(List::size))
        .map(words -> String.join(", ", words))
        .orElseThrow();
  }

  private static List<String> words(String name, SecurityOptions preset, SecurityOptions options) {
    Map<SecurityProperty, Object> changes = new EnumMap<>(options.values());
    changes.entrySet().removeAll(preset.values().entrySet());
    return Stream.concat(Stream.of(name), words(changes)).toList();
  }

  /** Returns the limits, such as {@code maxProcesses=100}. */
  static List<String> limits(SecurityOptions options) {
    return words(options.limits()).toList();
  }

  private static Stream<String> words(Map<SecurityProperty, Object> values) {
    return values.entrySet().stream()
        .map(value -> value.getKey().label() + "=" + value.getKey().format(value.getValue()));
  }
}
