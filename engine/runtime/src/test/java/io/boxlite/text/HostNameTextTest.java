package io.boxlite.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class HostNameTextTest {
  private static final String LABEL_63 = "a".repeat(63);
  private static final String NAME_253 =
      String.join(".", LABEL_63, LABEL_63, LABEL_63, "b".repeat(61));

  @ParameterizedTest
  @CsvSource({
    "pypi.example, pypi.example",
    "PyPI.Example., pypi.example",
    "a, a",
    "_http._tcp.example, _http._tcp.example",
    "1.example, 1.example",
    "0xg, 0xg",
    "bücher.example, xn--bcher-kva.example",
    "BÜCHER.EXAMPLE, xn--bcher-kva.example",
    "例え。テスト, xn--r8jz45g.xn--zckzah",
    "ｅｘａｍｐｌｅ.org, example.org",
    "xn--bcher-kva.example, xn--bcher-kva.example",
  })
  void hasOneFormForEachName(String text, String canonical) {
    assertThat(HostNameText.canonical(text)).contains(canonical);
    assertThat(HostNameText.canonical(canonical)).contains(canonical);
  }

  @Test
  void isAsLongAsDnsAllows() {
    assertThat(NAME_253).hasSize(253);
    assertThat(HostNameText.canonical(NAME_253)).contains(NAME_253);
    assertThat(HostNameText.canonical(NAME_253 + ".")).contains(NAME_253);
    assertThat(HostNameText.canonical(NAME_253 + "b")).isEmpty();
    assertThat(HostNameText.canonical("a" + LABEL_63 + ".example")).isEmpty();
  }

  static Stream<String> noNames() {
    return Stream.of(
        "",
        ".",
        "..",
        "a..b",
        ".a",
        "a..",
        "-a.example",
        "a-.example",
        "exa mple",
        "a\0.example",
        "a\n.example",
        "a/b",
        "a%00.example",
        "a:80",
        "*.example",
        "a@b.example",
        "127.1",
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "a.0x7F",
        "1.2.3.4.",
        "１２７.０.０.１", // digits of full width, which IDN maps to ASCII
        "a／b.example", // a slash of full width
        "ü".repeat(64) + ".example",
        "\ud800.example",
        "x".repeat(100_000));
  }

  @ParameterizedTest
  @MethodSource("noNames")
  void nothingElseIsAName(String text) {
    assertThat(HostNameText.canonical(text)).isEmpty();
  }

  @Test
  void survivesAnyText() {
    Random random = new Random(17);
    String parts = ".-_aZ09*\0 ü。例\ud83d\ude00\u200d\u0301ß／１xn--";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(12); length > 0; length--) {
        text.append(parts.charAt(random.nextInt(parts.length())));
      }
      HostNameText.canonical(text.toString())
          .ifPresent(
              name -> {
                assertThat(name).matches("[a-z0-9_.-]{1,253}");
                assertThat(HostNameText.canonical(name)).contains(name);
              });
    }
  }
}
