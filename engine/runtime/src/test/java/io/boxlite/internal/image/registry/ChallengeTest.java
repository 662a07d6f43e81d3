package io.boxlite.internal.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChallengeTest {
  private static List<Challenge> parse(String... values) {
    return Challenge.parse(List.of(values));
  }

  @Test
  void readsWhatRegistriesSend() {
    assertThat(
            parse(
                "Bearer realm=\"https://auth.test/token\",service=\"registry\","
                    + "scope=\"repository:a/b:pull\""))
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of(
                    "realm",
                    "https://auth.test/token",
                    "service",
                    "registry",
                    "scope",
                    "repository:a/b:pull")));
    assertThat(parse("Basic realm=\"Registry Realm\""))
        .containsExactly(new Challenge("basic", Map.of("realm", "Registry Realm")));
  }

  @Test
  void readsSeveralChallengesOfOneHeaderAndOfMany() {
    assertThat(parse("Negotiate, BASIC Realm=a , Bearer realm = \"b\\\"c\"", "Digest nonce=x"))
        .containsExactly(
            new Challenge("negotiate", Map.of()),
            new Challenge("basic", Map.of("realm", "a")),
            new Challenge("bearer", Map.of("realm", "b\"c")),
            new Challenge("digest", Map.of("nonce", "x")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ",,,", "=", "\"", "Bearer realm=\"", "Bearer realm=\"a\\", "=a=b=", "a==,==b"})
  void comesToAnEndWithAnything(String value) {
    assertThat(parse(value)).hasSizeLessThan(5);
  }
}
