package io.boxlite.junit.internal.declaration;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.BoxOption;
import io.boxlite.junit.Box;
import io.boxlite.option.BoxAttributes;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The annotation has to name each option a second time; these tests fail where it does not. */
class BoxOptionsOfAnnotationTest {
  /** What @Box says that is no option of a box. */
  private static final Set<String> OF_TESTS =
      Set.of("prepareMethod", "scope", "reset", "concurrent", "name");

  private static final Set<String> ATTRIBUTES =
      Arrays.stream(Box.class.getDeclaredMethods())
          .map(Method::getName)
          .collect(Collectors.toSet());

  static List<BoxOption<?>> options() {
    return BoxAttributes.known();
  }

  @ParameterizedTest
  @MethodSource("options")
  void theAnnotationHasAnAttributeForEachOption(BoxOption<?> option) {
    assertThat(ATTRIBUTES)
        .as(
            "@Box lacks the option `%s`; add an attribute, or a reason to BoxAttributes.LEFT_OUT",
            option)
        .contains(option.name());
  }

  @ParameterizedTest
  @MethodSource("options")
  void theDocumentationHasARowForEachOption(BoxOption<?> option) throws IOException {
    assertThat(Files.readString(Path.of("../docs/junit.md")))
        .as("docs/junit.md lacks the option `%s`", option)
        .contains("\n| `" + option + "` |");
  }

  @Test
  void everyAttributeIsAnOptionOrSaysSomethingOfTests() {
    assertThat(ATTRIBUTES)
        .filteredOn(name -> !OF_TESTS.contains(name))
        .allSatisfy(name -> assertThat(BoxOption.named(name)).as("@Box.%s", name).isPresent());
  }

  @Test
  void anOptionIsLeftOutWithAReason() {
    assertThat(BoxAttributes.LEFT_OUT)
        .allSatisfy((name, reason) -> assertThat(BoxOption.named(name)).as(reason).isPresent());
  }
}
