package io.boxlite.maven;

import io.boxlite.text.DurationText;
import io.boxlite.text.EditDistance;
import io.boxlite.text.SizeText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.codehaus.plexus.configuration.PlexusConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * An element of the configuration, read strictly. Maven's own configurator reports an unknown
 * nested element with the name of a Java class; this class reports where the element is, and
 * suggests the nearest known name.
 */
final class ConfigNode {
  /** The elements and their fields, to say where a misplaced field belongs. */
  private static final Map<String, List<String>> OWNERS =
      new TreeMap<>(
          Map.of(
              "<check>", CheckReader.FIELDS,
              "<command>", List.of("arg"),
              "<files>", List.of("file"),
              "<file>", CheckReader.FILE_FIELDS,
              "<box>", CheckReader.BOX_FIELDS,
              "<limits>", CheckReader.LIMIT_FIELDS,
              "<expect>", Expectations.FIELDS,
              "<stdout> and <stderr>", OutputExpectation.FIELDS));

  private final PlexusConfiguration element;
  private final String where;
  private final UnaryOperator<String> evaluate;

  ConfigNode(PlexusConfiguration element, String where, UnaryOperator<String> evaluate) {
    this.element = element;
    this.where = where;
    this.evaluate = evaluate;
  }

  /** Returns the same element, with another description in messages. */
  ConfigNode describedAs(String where) {
    return new ConfigNode(element, where, evaluate);
  }

  String name() {
    return element.getName();
  }

  boolean isLeaf() {
    return element.getChildCount() == 0;
  }

  /** Returns the child elements, in order. */
  List<ConfigNode> children() {
    return Arrays.stream(element.getChildren())
        .map(child -> new ConfigNode(child, where + ", <" + child.getName() + ">", evaluate))
        .toList();
  }

  /** Returns the child elements, which can have any name. */
  List<ConfigNode> entries() {
    requireNoText("NAME");
    return children();
  }

  /** Returns the child elements, which must all have this name. */
  List<ConfigNode> list(String item) {
    requireNoText(item);
    for (ConfigNode child : children()) {
      if (!child.name().equals(item)) {
        throw problem("<" + child.name() + "> is not allowed here; use <" + item + "> elements");
      }
    }
    return children();
  }

  /**
   * Rejects child elements that are not listed, and duplicates of those that are not repeatable.
   */
  ConfigNode allow(List<String> fields, String... repeatable) {
    requireNoText(fields.get(0));
    List<String> seen = new ArrayList<>();
    for (ConfigNode child : children()) {
      String field = child.name();
      if (!fields.contains(field)) {
        throw problem(unknown(field, fields));
      }
      if (seen.contains(field) && !List.of(repeatable).contains(field)) {
        throw problem("<" + field + "> occurs more than once; keep one");
      }
      seen.add(field);
    }
    return this;
  }

  /** Returns the child element of this name, if there is one. */
  Optional<ConfigNode> child(String field) {
    return all(field).stream().findFirst();
  }

  /** Returns the child elements of this name. */
  List<ConfigNode> all(String field) {
    return children().stream().filter(child -> child.name().equals(field)).toList();
  }

  /** Returns the text, with Maven's expressions evaluated; never empty. */
  String text() {
    if (!isLeaf()) {
      throw problem("it must contain text, not elements");
    }
    return rawText().orElseThrow(() -> problem("it is empty; give it a value or remove it"));
  }

  /** Returns the text, which may be empty. */
  String textOrEmpty() {
    return isLeaf() ? rawText().orElse("") : text();
  }

  Optional<String> text(String field) {
    return child(field).map(ConfigNode::text);
  }

  /** Parses a child's text as a whole number; {@code use} may reject it. */
  <T> Optional<T> integer(String field, Function<Integer, T> use) {
    return parse(
        field,
        text -> {
          try {
            return use.apply(Integer.valueOf(text));
          } catch (NumberFormatException e) {
            throw new IllegalArgumentException("it must be a whole number", e);
          }
        });
  }

  /** Parses a child's text as a duration; {@code use} may reject it. */
  <T> Optional<T> duration(String field, Function<Duration, T> use) {
    return parse(field, text -> use.apply(DurationText.parse(text)));
  }

  /** Parses a child's text as a size in bytes; {@code use} may reject it. */
  <T> Optional<T> bytes(String field, Function<Long, T> use) {
    return parse(field, text -> use.apply(SizeText.parse(text)));
  }

  /** Parses a child's text as a constant, in any case, with hyphens or underscores. */
  <E extends Enum<E>> Optional<E> constant(String field, Class<E> type) {
    return parse(
        field,
        text -> {
          try {
            return Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_'));
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                "it must be one of " + Arrays.toString(type.getEnumConstants()), e);
          }
        });
  }

  /** Parses a child's text; the message of an exception gets the child's name and text. */
  <T> Optional<T> parse(String field, Function<String, T> parser) {
    return child(field).map(node -> node.parse(parser));
  }

  /** Parses the text; the message of an exception gets this element's name and text. */
  <T> T parse(Function<String, T> parser) {
    String text = text();
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw problem("is \"" + text + "\"" + withoutValue(String.valueOf(e.getMessage()), text));
    }
  }

  /** Removes the field and its value from a message of the engine, so that they occur once. */
  private String withoutValue(String message, String text) {
    for (String value : List.of(text, "\"" + text + "\"")) {
      String begin = name() + " is " + value + ";";
      if (message.startsWith(begin)) {
        return message.substring(begin.length() - 1);
      }
    }
    return ": " + message;
  }

  InvalidConfigurationException problem(String problem) {
    return new InvalidConfigurationException(where + ": " + problem);
  }

  /** Returns a canonical form of the content; equal configurations have equal forms. */
  String canonical() {
    StringBuilder text = new StringBuilder("<").append(name()).append('>');
    text.append(isLeaf() ? rawText().orElse("") : "");
    children().forEach(child -> text.append(child.canonical()));
    return text.append("</>").toString();
  }

  private String unknown(String field, List<String> fields) {
    String owners = owners(field);
    return "<"
        + field
        + "> is not known"
        + (owners.isEmpty() ? suggestion(field, fields) : " here; it belongs in " + owners + ".")
        + " Valid elements: "
        + String.join(", ", fields);
  }

  /** Suggests the nearest name that is allowed here, unless one of another element is nearer. */
  private static String suggestion(String field, List<String> fields) {
    List<String> all = OWNERS.values().stream().flatMap(List::stream).toList();
    String here = EditDistance.nearest(field, fields);
    String nearest = EditDistance.nearest(field, List.of(here, EditDistance.nearest(field, all)));
    return "; did you mean <"
        + nearest
        + ">"
        + (fields.contains(nearest) ? "" : ", which belongs in " + owners(nearest))
        + "?";
  }

  private static String owners(String field) {
    return OWNERS.entrySet().stream()
        .filter(owner -> owner.getValue().contains(field))
        .map(Map.Entry::getKey)
        .collect(Collectors.joining(" or "));
  }

  private void requireNoText(String example) {
    if (isLeaf() && rawText().isPresent()) {
      throw problem(
          "is \"" + rawText().get() + "\"; it must contain elements, such as <" + example + ">");
    }
  }

  private Optional<String> rawText() {
    @Nullable String value = element.getValue(null);
    return Optional.ofNullable(value).filter(text -> !text.isEmpty()).map(evaluate);
  }
}
