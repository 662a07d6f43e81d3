package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputMatchTest {
  @ParameterizedTest
  @CsvSource({"up,0,no", "up,1,up", "up,2,up uuup", "aab,1,aaaab", "aa,2,aaaaa", "ü,1,xü", "ü,0,u"})
  void countsATextInOnePieceAndByteByByte(String text, int count, String output) {
    ByteString bytes = ByteString.copyFromUtf8(output);
    OutputMatch whole = new OutputMatch(text);
    whole.add(bytes);
    OutputMatch single = new OutputMatch(text);
    for (int i = 0; i < bytes.size(); i++) {
      single.add(bytes.substring(i, i + 1));
    }
    assertThat(whole.count()).isEqualTo(count);
    assertThat(single.count()).isEqualTo(count);
  }

  @Test
  void countsAsASearchDoes() {
    Random random = new Random(7);
    for (int round = 0; round < 2000; round++) {
      String text = letters(random, 1 + random.nextInt(4));
      String output = letters(random, random.nextInt(40));
      OutputMatch match = new OutputMatch(text);
      match.add(ByteString.copyFromUtf8(output));
      int count = 0;
      for (int at = output.indexOf(text); at >= 0; at = output.indexOf(text, at + text.length())) {
        count++;
      }
      assertThat(match.count()).as("%s in %s", text, output).isEqualTo(count);
    }
  }

  private static String letters(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(2)));
    }
    return text.toString();
  }
}
