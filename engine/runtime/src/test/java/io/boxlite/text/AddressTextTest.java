package io.boxlite.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTextTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.7, 192.0.2.7",
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
    "2001:db8:0:1:0:0:0:1, 2001:db8:0:1::1",
    "2001:0db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "64:ff9b::192.0.2.7, 64:ff9b::c000:207",
    "1:2:3:4:5:6:192.0.2.7, 1:2:3:4:5:6:c000:207",
    "::ffff:192.0.2.7, 192.0.2.7",
    "::ffff:c000:207, 192.0.2.7",
  })
  void readsEveryFormAndWritesTheCanonicalOne(String text, String canonical) {
    InetAddress address = AddressText.parse(text).orElseThrow();
    assertThat(AddressText.format(address)).isEqualTo(canonical);
    assertThat(AddressText.parse(canonical)).contains(address);
  }

  /** The C library takes some of these for addresses. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "192.0.2.07",
        "192.0.2.256",
        "192.0.2.-1",
        "192.0.2.7.",
        "1.2.3.4.5",
        " 192.0.2.7",
        "192.0.2.７",
        ":",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "12345::",
        "g::",
        "fe80::1%eth0",
        "192.0.2.7::1",
        "::192.0.2.7:1",
        "1:2:3:4:5:6:7:192.0.2.7",
        "localhost",
      })
  void readsNothingElse(String text) {
    assertThat(AddressText.parse(text)).isEmpty();
  }

  @Test
  void writesIpv6AddressesWithPortsInBrackets() {
    assertThat(AddressText.format(AddressText.parse("192.0.2.7").orElseThrow(), 80))
        .isEqualTo("192.0.2.7:80");
    assertThat(AddressText.format(AddressText.parse("2001:db8::1").orElseThrow(), 80))
        .isEqualTo("[2001:db8::1]:80");
  }
}
