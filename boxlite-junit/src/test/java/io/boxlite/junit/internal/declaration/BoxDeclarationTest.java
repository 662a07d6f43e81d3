package io.boxlite.junit.internal.declaration;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.BoxAssertions.assertThatIllegalArgumentException;

import io.boxlite.Accelerator;
import io.boxlite.BoxOptions;
import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoxDeclarationTest {
  /** Not the test's own fields, which JUnit would meet. */
  static class Declarations {
    @Box LiteBox plain;

    @Box(
        image = "python:slim",
        cpus = 2,
        memoryMib = 256,
        diskMib = 64,
        env = {"LANG=C", "EMPTY=", "EQUATION=a=b"},
        workingDir = "/srv",
        user = "nobody",
        accelerator = Accelerator.TCG,
        addressRandomization = true)
    LiteBox full;

    @Box(env = "LANG")
    LiteBox envWithoutValue;

    @Box(env = "=C")
    LiteBox envWithoutName;

    @Box(env = {"A=1", "A=2"})
    LiteBox envTwice;

    @Box(memoryMib = 5)
    LiteBox tooSmall;

    @Box(workingDir = "srv")
    LiteBox relative;

    @Box(image = " ")
    LiteBox blankImage;

    @Box String text;
  }

  @Test
  void leavesEveryDefaultToTheEngine() {
    assertThat(options("plain")).usingRecursiveComparison().isEqualTo(BoxOptions.builder().build());
  }

  @Test
  void handsOnEveryAttribute() {
    BoxOptions options = options("full");

    assertThat(options.image()).contains("python:slim");
    assertThat(options.cpus()).isEqualTo(2);
    assertThat(options.memoryMib()).isEqualTo(256);
    assertThat(options.diskMib()).isEqualTo(64);
    assertThat(options.env()).isEqualTo(Map.of("LANG", "C", "EMPTY", "", "EQUATION", "a=b"));
    assertThat(options.workingDir()).contains("/srv");
    assertThat(options.user()).contains("nobody");
    assertThat(options.accelerator()).contains(Accelerator.TCG);
    assertThat(options.addressRandomization()).contains(true);
  }

  @Test
  void refusesAnythingButALiteBox() {
    refuses("text", "@Box field `text` in class C must be of type LiteBox but is String");
  }

  @Test
  void refusesAnEnvironmentEntryWithoutAValue() {
    refuses(
        "envWithoutValue",
        "@Box field `envWithoutValue` in class C: env entry \"LANG\" must be of the form"
            + " \"NAME=value\"");
  }

  @Test
  void refusesAnEnvironmentEntryWithoutAName() {
    refuses(
        "envWithoutName",
        "@Box field `envWithoutName` in class C: env entry \"=C\" must be of the form"
            + " \"NAME=value\"");
  }

  @Test
  void refusesAnEnvironmentVariableThatIsSetTwice() {
    refuses("envTwice", "@Box field `envTwice` in class C: env sets A twice; keep one of them");
  }

  @Test
  void saysWhereAValueStandsThatTheEngineRefuses() {
    refuses(
        "tooSmall",
        "@Box field `tooSmall` in class C: memoryMib is 5; it must be from 128 to 1048576");
  }

  @ParameterizedTest
  @ValueSource(strings = {"relative", "blankImage"})
  void refusesWhatTheEngineRefuses(String field) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(field))
        .withMessageStartingWith("@Box field `" + field + "` in class C: ");
  }

  private static void refuses(String field, String message) {
    assertThatIllegalArgumentException().isThrownBy(() -> options(field)).withMessage(message);
  }

  private static BoxOptions options(String field) {
    try {
      var declared = Declarations.class.getDeclaredField(field);
      return new BoxDeclaration(
              declared.getAnnotation(Box.class),
              "field `" + field + "` in class C",
              declared.getType(),
              declared)
          .options();
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }
}
