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
          hello⏎     | hello     | the same and a line break ("\\n") after it
          hello      | hello⏎    | the same without the line break ("\\n") at its end
          a␍⏎b␍⏎     | a⏎b⏎      | the same with lines that end with "\\r\\n" instead of "\\n"
          ``         | hello     | nothing
          hallo      | hello     | something else from line 1 on: "hallo" instead of "hello"
          a⏎b ⏎c     | a⏎b⏎c     | something else from line 2 on: "b " instead of "b"
          a⏎b⏎c      | a⏎b       | something else from line 3 on: "c" instead of nothing
          a          | a⏎b       | something else from line 2 on: nothing instead of "b"
          x\u001b[1m | x         | something else from line 1 on: "x\\u001b[1m" instead of "x"
          """)
  void tellsWhatDiffers(String written, String expected, String difference) {
    assertThat(TextDifference.of(text(written), text(expected))).isEqualTo(difference);
  }

  private static String text(String shown) {
    return shown.replace('⏎', '\n').replace('␍', '\r');
  }
}
