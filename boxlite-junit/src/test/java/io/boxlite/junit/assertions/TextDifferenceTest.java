package io.boxlite.junit.assertions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextDifferenceTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          hello⏎     | hello     | the same followed by a line break ("\\n")
          hello      | hello⏎    | the same without the final line break ("\\n")
          a␍⏎b␍⏎     | a⏎b⏎      | the same, but with lines that end with "\\r\\n" instead of "\\n"
          ``         | hello     | nothing
          hallo      | hello     | text that differs in line 1: "hallo" instead of "hello"
          a⏎b ⏎c     | a⏎b⏎c     | text that differs in line 2: "b " instead of "b"
          a⏎b⏎c      | a⏎b       | text that differs in line 3: "c" instead of nothing
          a          | a⏎b       | text that differs in line 2: nothing instead of "b"
          x\u001b[1m | x         | text that differs in line 1: "x\\x1b[1m" instead of "x"
          """)
  void tellsWhatDiffers(String written, String expected, String difference) {
    assertThat(TextDifference.of(text(written), text(expected))).isEqualTo(difference);
  }

  private static String text(String shown) {
    return shown.replace('⏎', '\n').replace('␍', '\r');
  }
}
