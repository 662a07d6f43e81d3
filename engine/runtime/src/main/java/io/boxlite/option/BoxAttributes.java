package io.boxlite.option;

import io.boxlite.BoxOption;
import io.boxlite.BoxOptions;
import io.boxlite.OptionContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The attributes of an annotation that declares a box, whether they come from a loaded class or
 * from a class file. An attribute with the name of a {@link BoxOption} is that option.
 */
public final class BoxAttributes {
  /** The options that a declaration does not have, by name, with the reason. */
  public static final Map<String, String> LEFT_OUT =
      Map.of(
          BoxOption.NAME.name(),
          "a test has its box at hand; the attribute `name` distinguishes shared boxes");

  private static final String PREPARE_METHOD = "prepareMethod";

  private final Map<String, Object> values;
  private final String declaringClass;

  private BoxAttributes(Map<String, ?> values, String declaringClass) {
    this.values = Map.copyOf(values);
    this.declaringClass = declaringClass;
  }

  /**
   * Takes the attributes of a declaration.
   *
   * @param values by attribute, as {@link BoxOption#readAttribute} takes them; an attribute that is
   *     missing has its default
   * @param declaringClass the binary name of the class that has the annotated field or parameter
   */
  public static BoxAttributes of(Map<String, ?> values, String declaringClass) {
    return new BoxAttributes(values, declaringClass);
  }

  /** Returns the options that a declaration can have. */
  public static List<BoxOption<?>> known() {
    return BoxOption.all().stream().filter(option -> !LEFT_OUT.containsKey(option.name())).toList();
  }

  /**
   * Returns the options, without the commands of a {@link #prepareMethod()}.
   *
   * @param context what files and class path resources refer to
   * @throws IllegalArgumentException when an attribute has a value that its option does not take
   */
  public BoxOptions options(OptionContext context) {
    BoxOptions.Builder options = BoxOptions.builder();
    for (BoxOption<?> option : known()) {
      Object value = values.get(option.name());
      if (value != null) {
        options.readAttribute(option, value, context);
      }
    }
    return options.build();
  }

  /** Returns the method that gives more commands to prepare the box, if one is named. */
  public Optional<PrepareMethod> prepareMethod() {
    Object name = values.getOrDefault(PREPARE_METHOD, "");
    return name.equals("")
        ? Optional.empty()
        : Optional.of(PrepareMethod.named(name.toString(), declaringClass));
  }
}
