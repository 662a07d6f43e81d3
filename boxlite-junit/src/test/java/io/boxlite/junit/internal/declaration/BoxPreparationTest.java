package io.boxlite.junit.internal.declaration;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.BoxAssertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.boxlite.BoxFile;
import io.boxlite.BoxOptions;
import io.boxlite.Command;
import io.boxlite.FileAttributes;
import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoxPreparationTest {
  /** Not the test's own fields, which JUnit would meet. */
  static class Declarations {
    @Box LiteBox plain;

    @Box(
        files = "classpath:/io/boxlite/junit/prepared/greeting.txt -> /srv/hello.txt",
        prepare = {"one", "two"},
        prepareMethod = "three")
    LiteBox full;

    @Box(
        prepareMethod =
            "io.boxlite.junit.internal.declaration.BoxPreparationTest$Declarations#several")
    LiteBox elsewhere;

    @Box(files = "a.txt")
    LiteBox withoutTarget;

    @Box(files = "a.txt -> relative/a.txt")
    LiteBox relativeTarget;

    @Box(files = "no-such-file.txt -> /a.txt")
    LiteBox missingFile;

    @Box(files = "classpath:no/such/resource -> /a.txt")
    LiteBox missingResource;

    @Box(prepareMethod = "nowhere")
    LiteBox missingMethod;

    @Box(prepareMethod = "notStatic")
    LiteBox methodOfInstance;

    @Box(prepareMethod = "wrongType")
    LiteBox methodOfAnotherType;

    @Box(prepareMethod = "failing")
    LiteBox failingMethod;

    static Command three() {
      return Command.of("three");
    }

    static Command[] several() {
      return new Command[] {Command.of("four"), Command.of("five")};
    }

    List<Command> notStatic() {
      return List.of();
    }

    static String wrongType() {
      return "text";
    }

    static Command failing() {
      throw new IllegalStateException("no idea");
    }
  }

  @Test
  void isEmptyByDefault() {
    assertThat(options("plain").prepare()).isEmpty();
    assertThat(options("plain").files()).isEmpty();
  }

  @Test
  void takesFilesThenLinesThenTheMethod() {
    BoxOptions options = options("full");

    assertThat(options.files())
        .extracting(BoxFile::target, BoxFile::attributes)
        .containsExactly(tuple("/srv/hello.txt", FileAttributes.unchanged()));
    assertThat(options.prepare())
        .extracting(Command::argv)
        .containsExactly(List.of("sh", "-c", "one"), List.of("sh", "-c", "two"), List.of("three"));
  }

  @Test
  void takesAMethodOfAnotherClass() {
    assertThat(options("elsewhere").prepare())
        .extracting(Command::toString)
        .containsExactly("four", "five");
  }

  @Test
  void takesTheContentOfADirectoryOfTheHost(@TempDir Path directory) {
    assertThat(options(withFiles(directory + " -> /opt/tool/"), "plain").files())
        .containsExactly(BoxFile.of(directory, "/opt/tool"));
  }

  @Test
  void refusesWhatItCannotUse() {
    refuses(
        "withoutTarget",
        "files entry \"a.txt\" must be of the form \"SOURCE -> TARGET\", the target an absolute"
            + " path in the box");
    refuses(
        "relativeTarget",
        "files entry \"a.txt -> relative/a.txt\" must be of the form \"SOURCE -> TARGET\", the"
            + " target an absolute path in the box");
    refuses(
        "missingFile",
        "files entry \"no-such-file.txt -> /a.txt\" names no file or directory: there is no "
            + Path.of("no-such-file.txt").toAbsolutePath());
    refuses(
        "missingResource",
        "files entry \"classpath:no/such/resource -> /a.txt\" names no resource on the class path");
    String here = Declarations.class.getName();
    refuses(
        "missingMethod",
        "prepareMethod is \"nowhere\"; there must be a static method "
            + here
            + "#nowhere without parameters");
    refuses(
        "methodOfInstance",
        "prepareMethod is \"notStatic\"; there must be a static method "
            + here
            + "#notStatic without parameters");
    refuses(
        "methodOfAnotherType",
        "prepareMethod "
            + here
            + "#wrongType must return a Command, an array or a Collection of them, but returned text");
    refuses(
        "failingMethod",
        "prepareMethod " + here + "#failing failed: java.lang.IllegalStateException: no idea");
  }

  private static void refuses(String field, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(field))
        .withMessage("@Box field: " + message);
  }

  private static BoxOptions options(String field) {
    try {
      return options(Declarations.class.getDeclaredField(field).getAnnotation(Box.class), field);
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }

  private static BoxOptions options(Box box, String field) {
    try {
      var declared = Declarations.class.getDeclaredField(field);
      return new BoxDeclaration(box, "field", declared.getType(), declared).options();
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }

  /** A declaration whose files are known only now. */
  private static Box withFiles(String entry) {
    return (Box)
        java.lang.reflect.Proxy.newProxyInstance(
            Box.class.getClassLoader(),
            new Class<?>[] {Box.class},
            (proxy, method, arguments) ->
                method.getName().equals("files") ? new String[] {entry} : method.getDefaultValue());
  }
}
