package io.boxlite.junit.internal.declaration;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.BoxAssertions.assertThatIllegalArgumentException;

import io.boxlite.Command;
import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import java.io.IOException;
import java.nio.file.Files;
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

    @Box(prepareMethod = "io.boxlite.junit.internal.declaration.BoxPreparationTest$Declarations#several")
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
    assertThat(commands("plain")).isEmpty();
  }

  @Test
  void takesFilesThenLinesThenTheMethod() {
    List<Command> commands = commands("full");

    assertThat(commands).hasSize(4);
    assertThat(commands.get(0).argv()).endsWith("/srv/hello.txt", "644");
    assertThat(commands.get(0).user()).contains("0");
    assertThat(commands.get(1).argv()).containsExactly("sh", "-c", "one");
    assertThat(commands.get(2).argv()).containsExactly("sh", "-c", "two");
    assertThat(commands.get(3).argv()).containsExactly("three");
  }

  @Test
  void takesAMethodOfAnotherClass() {
    assertThat(commands("elsewhere")).extracting(Command::toString).containsExactly("four", "five");
  }

  @Test
  void takesTheContentOfADirectoryOfTheHost(@TempDir Path directory) throws IOException {
    Files.createDirectories(directory.resolve("bin"));
    Files.writeString(directory.resolve("bin/run"), "#!/bin/sh\n");
    assertThat(directory.resolve("bin/run").toFile().setExecutable(true)).isTrue();
    Files.writeString(directory.resolve("data.txt"), "1\n");

    assertThat(
            new BoxPreparation(withFiles(directory + " -> /opt/tool"), Declarations.class)
                .commands())
        .extracting(command -> command.argv().subList(4, 6))
        .containsExactly(List.of("/opt/tool/bin/run", "755"), List.of("/opt/tool/data.txt", "644"));
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
            + "#wrongType must give a Command, an array or a Collection of them, but gave text");
    refuses(
        "failingMethod",
        "prepareMethod " + here + "#failing failed: java.lang.IllegalStateException: no idea");
  }

  private static void refuses(String field, String message) {
    assertThatIllegalArgumentException().isThrownBy(() -> commands(field)).withMessage(message);
  }

  private static List<Command> commands(String field) {
    try {
      var declared = Declarations.class.getDeclaredField(field);
      return BoxPreparation.of(declared.getAnnotation(Box.class), declared).commands();
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
