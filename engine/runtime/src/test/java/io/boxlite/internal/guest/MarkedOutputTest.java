package io.boxlite.internal.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.boxlite.OutputKeep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MarkedOutputTest {
  private static final String MARK = "abcabd";

  private static boolean take(MarkedOutput output, String text) {
    return output.take(ByteString.copyFromUtf8(text));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 1000})
  void findsTheMarkHoweverTheOutputIsCut(int size) {
    MarkedOutput output = new MarkedOutput(1000, OutputKeep.KILL);
    output.begin(MARK);
    String all = "no abcabcab end, abcabc" + MARK + "17\nnext";
    boolean ended = false;
    for (int from = 0; from < all.length(); from += size) {
      ended |= take(output, all.substring(from, Math.min(all.length(), from + size)));
    }
    assertThat(ended).isTrue();
    MarkedOutput.Part part = output.end();
    assertThat(part.content()).asString(UTF_8).isEqualTo("no abcabcab end, abcabc");
    assertThat(part.status()).isEqualTo("17");
    output.begin(MARK);
    take(output, " one" + MARK + "\n");
    assertThat(output.end().content()).asString(UTF_8).isEqualTo("next one");
  }

  @Test
  void anEarlierMarkIsOutputLikeAnyOther() {
    MarkedOutput output = new MarkedOutput(1000, OutputKeep.KILL);
    output.begin(MARK);
    take(output, MARK + "0\n");
    output.end();
    output.begin("another");
    assertThat(take(output, MARK + "0\n")).isFalse();
    assertThat(take(output, "another1\n")).isTrue();
    assertThat(output.end().content()).asString(UTF_8).isEqualTo(MARK + "0\n");
  }

  @ParameterizedTest
  @CsvSource({"KILL,01234", "HEAD,01234", "TAIL,56789"})
  void keepsAsMuchAsItMay(OutputKeep keep, String kept) {
    MarkedOutput output = new MarkedOutput(5, keep);
    output.begin(MARK);
    take(output, "0123456789" + MARK + "0\n");
    MarkedOutput.Part part = output.end();
    assertThat(part.content()).asString(UTF_8).isEqualTo(kept);
    assertThat(part.truncated()).isTrue();
    output.begin(MARK);
    take(output, "01234" + MARK + "0\n");
    assertThat(output.end().truncated()).isFalse();
  }

  @Test
  void doesNotGatherAStatusThatNeverEnds() {
    MarkedOutput output = new MarkedOutput(1000, OutputKeep.KILL);
    output.begin(MARK);
    assertThat(take(output, MARK + "0".repeat(15))).isFalse();
    assertThat(take(output, "0".repeat(10))).isTrue();
    assertThat(output.end().status()).isEqualTo("0".repeat(16));
  }

  @Test
  void givesWhatThereIsOfAPartThatNeverEnds() {
    MarkedOutput output = new MarkedOutput(1000, OutputKeep.KILL);
    output.begin(MARK);
    take(output, "last wordsabc");
    assertThat(output.end().content()).asString(UTF_8).isEqualTo("last wordsabc");
    assertThat(output.end().status()).isEmpty();
  }
}
