package io.boxlite.maven;

import io.boxlite.text.EditDistance;
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
 * An element of the configuration, read strictly. Maven's own reading of nested elements fails with
 * the name of a Java class where it meets a field it does not know; this says which element has it,
 * and which one was meant.
 */
final class ConfigNode {
  /** Where a field belongs that stands in the wrong place. */
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

  /** The same element, called otherwise in messages. */
  ConfigNode calledAs(String where) {
    return new ConfigNode(element, where, evaluate);
  }

  String where() {
    return where;
  }

  String name() {
    return element.getName();
  }

  boolean isLeaf() {
    return element.getChildCount() == 0;
  }

  /** Its elements, in order. */
  List<ConfigNode> children() {
    return Arrays.stream(element.getChildren())
        .map(child -> new ConfigNode(child, where + ", <" + child.getName() + ">", evaluate))
        .toList();
  }

  /** Its elements, of any name. */
  List<ConfigNode> entries() {
    requireNoText("NAME");
    return children();
  }

  /** Its elements, which must all have this name. */
  List<ConfigNode> list(String item) {
    requireNoText(item);
    for (ConfigNode child : children()) {
      if (!child.name().equals(item)) {
        throw problem(
            "<" + child.name() + "> is not known here; it must be <" + item + "> elements");
      }
    }
    return children();
  }

  /** Refuses every element that is none of these, and each but the repeatable twice. */
  ConfigNode allow(List<String> fields, String... repeatable) {
    requireNoText(fields.get(0));
    List<String> seen = new ArrayList<>();
    for (ConfigNode child : children()) {
      String field = child.name();
      if (!fields.contains(field)) {
        throw problem(unknown(field, fields));
      }
      if (seen.contains(field) && !List.of(repeatable).contains(field)) {
        throw problem("<" + field + "> stands twice; keep one");
      }
      seen.add(field);
    }
    return this;
  }

  /** The element of this name, if there is one. */
  Optional<ConfigNode> child(String field) {
    return all(field).stream().findFirst();
  }

  /** The elements of this name. */
  List<ConfigNode> all(String field) {
    return children().stream().filter(child -> child.name().equals(field)).toList();
  }

  /** Its own text, with what Maven's expressions in it stand for; never empty. */
  String text() {
    if (!isLeaf()) {
      throw problem("it must be text, not elements");
    }
    return rawText().orElseThrow(() -> problem("it is empty; give it a value or take it out"));
  }

  /** Its own text, which may be empty. */
  String textOrEmpty() {
    return isLeaf() ? rawText().orElse("") : text();
  }

  Optional<String> text(String field) {
    return child(field).map(ConfigNode::text);
  }

  /** The element's text as a number; {@code use} may refuse it. */
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

  /** The element's text as a time; {@code use} may refuse it. */
  <T> Optional<T> duration(String field, Function<Duration, T> use) {
    return parse(field, text -> use.apply(Quantity.duration(text)));
  }

  /** The element's text as a size in bytes; {@code use} may refuse it. */
  <T> Optional<T> bytes(String field, Function<Long, T> use) {
    return parse(field, text -> use.apply(Quantity.bytes(text)));
  }

  /** The element's text as {@code true} or {@code false}. */
  <T> Optional<T> bool(String field, Function<Boolean, T> use) {
    return parse(
        field,
        text ->
            switch (text) {
              case "true" -> use.apply(true);
              case "false" -> use.apply(false);
              default -> throw new IllegalArgumentException("it must be true or false");
            });
  }

  /** The element's text as a constant, in any case, with hyphens or underscores. */
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

  /** What a function makes of the element's text; what it throws is said with the element. */
  <T> Optional<T> parse(String field, Function<String, T> parser) {
    return child(field).map(node -> node.parse(parser));
  }

  /** What a function makes of the text; what it throws is said with this element. */
  <T> T parse(Function<String, T> parser) {
    String text = text();
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw problem("is \"" + text + "\"" + withoutValue(String.valueOf(e.getMessage()), text));
    }
  }

  /** A message that names this field and its value, as the engine's do, would say both twice. */
  private String withoutValue(String message, String text) {
    for (String value : List.of(text, "\"" + text + "\"")) {
      String begin = name() + " is " + value + ";";
      if (message.startsWith(begin)) {
        return message.substring(begin.length() - 1);
      }
    }
    return ": " + message;
  }

  BadConfiguration problem(String problem) {
    return new BadConfiguration(where + ": " + problem);
  }

  /** What it holds, in one form: equal configurations have equal ones. */
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
        + (owners.isEmpty() ? meant(field, fields) : " here; it belongs in " + owners + ".")
        + " Known are "
        + String.join(", ", fields);
  }

  /** The nearest name: of those that may stand here, unless one that may not is nearer. */
  private static String meant(String field, List<String> fields) {
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
          "is \"" + rawText().get() + "\"; it must be elements, such as <" + example + ">");
    }
  }

  private Optional<String> rawText() {
    @Nullable String value = element.getValue(null);
    return Optional.ofNullable(value).filter(text -> !text.isEmpty()).map(evaluate);
  }
}
