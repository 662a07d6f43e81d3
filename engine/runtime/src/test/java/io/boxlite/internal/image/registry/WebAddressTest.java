package io.boxlite.internal.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebAddressTest {
  private static final URI BASE = URI.create("https://a.test:5/b/c/d?q");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://x.test/y?z=1|https://x.test/y?z=1",
        "https://x.test|https://x.test",
        "HTTPS://x.test/y#part|https://x.test/y",
        "//x.test/y|https://x.test/y",
        "/y|https://a.test:5/y",
        "y|https://a.test:5/b/c/y",
        "./y/.|https://a.test:5/b/c/y/",
        "../../../y|https://a.test:5/y",
        "?z|https://a.test:5/b/c/d?z",
        "'' |https://a.test:5/b/c/d?q",
        "/a b/{c}/\"d\"|https://a.test:5/a%20b/%7Bc%7D/%22d%22",
        "/100%/%zz/%2F|https://a.test:5/100%25/%25zz/%2F",
        "/a^b`c<d>e\\f|https://a.test:5/a%5Eb%60c%3Cd%3Ee%5Cf",
        "/y?a=[1] {2}&b=%|https://a.test:5/y?a=[1]%20%7B2%7D&b=%25",
        "/[y]|https://a.test:5/%5By%5D",
        "/sch\u00c3\u00b6n|https://a.test:5/sch%C3%B6n",
        "https://sch\u00c3\u00b6n.test:1/|https://xn--schn-7qa.test:1/",
        "https://[::1]:1/y|https://[::1]:1/y"
      })
  void takesWhatBrowsersTake(String text, String expected) {
    assertThat(WebAddress.resolve(BASE, text)).isEqualTo(URI.create(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://[bad/", "http://a b/", "https://x.test\\@y.test/", "https://x:port/"})
  void refusesWhatHasNoHost(String text) {
    URI uri;
    try {
      uri = WebAddress.resolve(BASE, text);
    } catch (IllegalArgumentException e) {
      return;
    }
    assertThat(uri.getHost()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/y", "//x.test/y", "y", "file:/etc/passwd", "x.test/y"})
  void wantsAWholeAddressWhereThereIsNothingToResolveItBy(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> WebAddress.parse(text));
  }
}
