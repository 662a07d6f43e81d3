package io.boxlite.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VisibleTextTest {
  @ParameterizedTest
  @CsvSource({
    "1b, \\x1b", "07, \\x07", "0d, \\x0d", "7f, \\x7f", "9b, \\x9b", // CSI in one character
    "202e, \\u202e", "2066, \\u2066", "200b, \\u200b", "2028, \\u2028", "feff, \\ufeff",
    "d800, \\ud800",
  })
  void whatActsIsShownByItsNumber(String number, String shown) {
    String text = "a" + (char) Integer.parseInt(number, 16) + "b";
    assertThat(VisibleText.of(text)).isEqualTo("a" + shown + "b");
  }

  @Test
  void otherTextStaysAsItIs() {
    String text = "tab\tand\nline, ü, 漢字, 👩 and \\x1b spelt out";
    assertThat(VisibleText.of(text)).isEqualTo(text);
  }

  @Test
  void aLineIsOneAndNoLongerThanAskedFor() {
    assertThat(VisibleText.line(" a\r\n\tb\u001bc ", 100)).isEqualTo("a b\\x1bc");
    assertThat(VisibleText.line("x".repeat(1000), 10)).isEqualTo("x".repeat(10) + "…");
  }

  @Test
  void quotedTextTellsAnyTwoTextsApart() {
    assertThat(VisibleText.quoted("a\"\\\n\r\t\u001b\u202e", 100))
        .isEqualTo("\"a\\\"\\\\\\n\\r\\t\\x1b\\u202e\"");
  }

  @Test
  void quotedTextKeepsItsBeginningOrItsEnd() {
    assertThat(VisibleText.quoted("abcdef", 3)).isEqualTo("\"abc…\"");
    assertThat(VisibleText.quotedEnd("abcdef", 3)).isEqualTo("\"…def\"");
    assertThat(VisibleText.quotedEnd("abc", 3)).isEqualTo("\"abc\"");
  }
}
