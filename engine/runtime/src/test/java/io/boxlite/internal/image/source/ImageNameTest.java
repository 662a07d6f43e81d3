package io.boxlite.internal.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNameTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource({
    "python, python:latest",
    "python:slim, python:slim",
    "library/python:slim, python:slim",
    "library/a/b, library/a/b:latest",
    "team/judge, team/judge:latest",
    "localhost:5000/a/b:1.0_x-y, localhost:5000/a/b:1.0_x-y",
    "registry.example:443/a, registry.example:443/a:latest",
    "[::1]:5000/a, [::1]:5000/a:latest",
    "a__b/c-d/e.f, a__b/c-d/e.f:latest",
  })
  void hasAShortFormWithATag(String text, String expected) {
    assertThat(ImageName.parse(text)).hasToString(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"python@sha256:" + "HEX", "localhost:5000/a/b:t@sha256:" + "HEX"})
  void keepsADigestWithoutAddingATag(String text) {
    String name = text.replace("HEX", HEX);
    assertThat(ImageName.parse(name)).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "Python",
        "python:",
        "python:a b",
        "/python",
        "python/",
        "a//b",
        "-a",
        "a..b",
        "python@sha256:123",
        "python@md5:00",
        "a:b:c",
        "docker://python",
        "python:slim\n"
      })
  void refusesWhatIsNoName(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageName.parse(text))
        .withMessageContaining("\"" + text + "\"")
        .withMessageContaining("python:slim");
  }

  @ParameterizedTest
  @CsvSource({
    "localhost/library/python, python:latest",
    "registry.example:443/a/b:1, a/b:1",
    "team/app, team/app:latest",
    "python, python:latest",
  })
  void canLeaveOutTheHost(String text, String expected) {
    assertThat(ImageName.parse(text).withoutHost()).hasToString(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 100_000})
  void refusesNamesThatAreTooLong(int length) {
    assertThatIllegalArgumentException().isThrownBy(() -> ImageName.parse("a".repeat(length)));
  }
}
