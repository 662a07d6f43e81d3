package io.boxlite.junit.internal.declaration;

import io.boxlite.BoxOptions;
import io.boxlite.LiteBox;
import io.boxlite.OptionContext;
import io.boxlite.junit.Box;
import io.boxlite.junit.BoxReset;
import io.boxlite.junit.BoxScope;
import io.boxlite.option.BoxAttributes;
import io.boxlite.option.PrepareMethod;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A place that asks for a box.
 *
 * @param box what it asks for
 * @param place where it stands, for messages, such as "field `box` in class a.B"
 * @param type what is declared there
 * @param member the field, or the method or constructor that has the parameter
 */
public record BoxDeclaration(Box box, String place, Class<?> type, Member member) {

  /**
   * The declaration of a field that is annotated.
   *
   * @throws InvalidDeclarationException when the annotation cannot be read; the message names it
   */
  public static BoxDeclaration of(Field field) {
    String place =
        "field `" + field.getName() + "` in class " + field.getDeclaringClass().getName();
    return new BoxDeclaration(find(field, place).orElseThrow(), place, field.getType(), field);
  }

  /**
   * The declaration of a parameter, if it is annotated.
   *
   * @throws InvalidDeclarationException when the annotation cannot be read; the message names it
   */
  public static Optional<BoxDeclaration> of(Parameter parameter, int index) {
    Executable executable = parameter.getDeclaringExecutable();
    String name = // without javac's -parameters the compiler's "arg0" would mislead
        parameter.isNamePresent() ? "`" + parameter.getName() + "`" : "#" + (index + 1);
    String place =
        "parameter "
            + name
            + (executable instanceof Constructor
                ? " of the constructor"
                : " of method " + executable.getName())
            + " in class "
            + executable.getDeclaringClass().getName();
    return find(parameter, place)
        .map(box -> new BoxDeclaration(box, place, parameter.getType(), executable));
  }

  private static Optional<Box> find(AnnotatedElement element, String place) {
    try {
      return BoxAnnotation.find(element);
    } catch (IllegalArgumentException e) {
      throw new InvalidDeclarationException("@Box " + place + ": " + e.getMessage(), e.getCause());
    }
  }

  /**
   * How long its box lives.
   *
   * @param inTest whether there is a test that the box could belong to
   * @throws InvalidDeclarationException when it is to belong to a test and cannot, or to be shared
   *     and cannot; the message names the declaration
   */
  public BoxScope scope(boolean inTest) {
    boolean ofTest = inTest && !isStaticField();
    BoxScope scope =
        box.scope() != BoxScope.AUTO ? box.scope() : ofTest ? BoxScope.METHOD : BoxScope.CLASS;
    if (scope == BoxScope.METHOD && !ofTest) {
      throw new InvalidDeclarationException(
          "@Box "
              + place
              + " has no test method that its box could belong to; make its scope CLASS or SESSION,"
              + " or put it on a parameter of a test method or on an instance field");
    }
    if (scope == BoxScope.METHOD && (box.reset() != BoxReset.NEVER || box.concurrent())) {
      throw new InvalidDeclarationException(
          "@Box "
              + place
              + (box.concurrent() ? ": concurrent" : ": reset")
              + " is for boxes that tests share, but this one belongs to one test; take it away, or"
              + " make its scope CLASS or SESSION");
    }
    if (box.reset() == BoxReset.EACH_TEST && box.concurrent()) {
      throw new InvalidDeclarationException(
          "@Box "
              + place
              + ": a box cannot be reset for one test while others use it; take away reset or"
              + " concurrent");
    }
    return scope;
  }

  public boolean isOfConstructor() {
    return member instanceof Constructor;
  }

  public boolean isStaticField() {
    return member instanceof Field && Modifier.isStatic(member.getModifiers());
  }

  /**
   * What tells its box from others that are shared, where it is shared.
   *
   * @throws InvalidDeclarationException when the declaration cannot be met; the message names it
   */
  public BoxKey key(BoxScope scope, String classUniqueId) {
    if (scope == BoxScope.SESSION) {
      return BoxKey.ofSession(making());
    }
    if (member instanceof Field field) {
      return isStaticField() ? BoxKey.ofStatic(field) : BoxKey.ofClass(classUniqueId, field);
    }
    return BoxKey.ofClass(classUniqueId, making());
  }

  /** All that makes the box. A method that prepares it is not called for that. */
  private List<Object> making() {
    String method = attributes().prepareMethod().map(PrepareMethod::toString).orElse("");
    return List.of(box.name(), checked(this::withoutMethod), method);
  }

  /**
   * Makes the engine's options of it.
   *
   * @throws InvalidDeclarationException when the declaration cannot be met; the message names it
   */
  public BoxOptions options() {
    if (type != LiteBox.class) {
      throw new InvalidDeclarationException(
          "@Box " + place + " must be of type LiteBox but is " + type.getSimpleName());
    }
    if (box.join().isEmpty() && box.alias().length > 0) {
      throw new InvalidDeclarationException(
          "@Box "
              + place
              + ": alias is "
              + List.of(box.alias())
              + ", but the box joins no network on which others could find it; set join as well");
    }
    return checked(this::readOptions);
  }

  private BoxOptions checked(Supplier<BoxOptions> reading) {
    try {
      return reading.get();
    } catch (IllegalArgumentException e) {
      throw new InvalidDeclarationException("@Box " + place + ": " + e.getMessage(), e.getCause());
    }
  }

  private BoxOptions readOptions() {
    BoxOptions options = withoutMethod();
    return attributes()
        .prepareMethod()
        .map(method -> method.addTo(options, member.getDeclaringClass().getClassLoader()))
        .orElse(options);
  }

  private BoxOptions withoutMethod() {
    OptionContext context =
        OptionContext.of(TestDirectory.resolve(""))
            .classPath(member.getDeclaringClass().getClassLoader());
    BoxOptions options = attributes().options(context);
    return options
        .image()
        .map(image -> options.toBuilder().image(TestDirectory.image(image)).build())
        .orElse(options);
  }

  private BoxAttributes attributes() {
    return BoxAttributes.of(BoxAnnotation.values(box), member.getDeclaringClass().getName());
  }
}
