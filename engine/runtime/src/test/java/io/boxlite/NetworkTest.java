package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.boxlite.text.AddressText;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkTest {
  @ParameterizedTest
  @CsvSource({
    "pypi.example, pypi.example",
    " PyPI.Example. , pypi.example",
    "pypi.example:443, pypi.example:443",
    "pypi.example:0443, pypi.example:443",
    "pypi.example:1-65535, pypi.example",
    "pypi.example:8000-8100, pypi.example:8000-8100",
    "pypi.example:80-80, pypi.example:80",
    "nexus, nexus",
    "*.Example.org, *.example.org",
    "*.example.org.:443, *.example.org:443",
    "*.org, *.org",
    "bücher.example:443, xn--bcher-kva.example:443",
    "*.bücher.example, *.xn--bcher-kva.example",
    "192.0.2.7, 192.0.2.7",
    "192.0.2.7/32, 192.0.2.7",
    "192.0.2.7:80, 192.0.2.7:80",
    "192.0.2.0/24, 192.0.2.0/24",
    "192.0.2.0/24:80-90, 192.0.2.0/24:80-90",
    "0.0.0.0/0, 0.0.0.0/0",
    "2001:DB8::/32, 2001:db8::/32",
    "2001:db8::1, 2001:db8::1",
    "[2001:db8::1], 2001:db8::1",
    "[2001:db8:0::1]:443, [2001:db8::1]:443",
    "[2001:db8::/32]:443, [2001:db8::/32]:443",
    "2001:db8::443, 2001:db8::443",
    "::ffff:192.0.2.7, 192.0.2.7",
    "Host.BoxLite.Internal:8080, host.boxlite.internal:8080",
  })
  void aRuleHasOneTextForm(String text, String canonical) {
    NetworkRule rule = NetworkRule.parse(text);
    assertThat(rule).hasToString(canonical);
    assertThat(NetworkRule.parse(canonical)).isEqualTo(rule).hasSameHashCodeAs(rule);
    assertThat(Network.allow(text)).isEqualTo(Network.parse(canonical));
  }

  static Stream<Arguments> nonsense() {
    return Stream.of(
        Arguments.of("", "write a name or an address"),
        Arguments.of("http://x", "a rule has no scheme"),
        Arguments.of("*", "for everything public, use Network.outbound()"),
        Arguments.of("*:443", "for everything public, use Network.outbound()"),
        Arguments.of("*.", "a name has labels"),
        Arguments.of("*example.org", "an asterisk can only be the first"),
        Arguments.of("a.*.example", "an asterisk can only be the first"),
        Arguments.of("*.*.example", "an asterisk can only be the first"),
        Arguments.of("exa mple", "a name has labels"),
        Arguments.of("a..b", "a name has labels"),
        Arguments.of("a".repeat(64), "a name has labels"),
        Arguments.of("x".repeat(300), "... (300 characters)\"; a name has labels"),
        Arguments.of("x:0", "ports are from 1 to 65535"),
        Arguments.of("x:65536", "ports are from 1 to 65535"),
        Arguments.of("x:90-80", "a range begins with the lower"),
        Arguments.of("x:", "after the colon, write a port"),
        Arguments.of("x:http", "after the colon, write a port"),
        Arguments.of("x:80-", "after the colon, write a port"),
        Arguments.of("x:-80", "after the colon, write a port"),
        Arguments.of("[2001:db8::1]443", "write an IPv6 address with a port as"),
        Arguments.of("[2001:db8::1", "write an IPv6 address with a port as"),
        Arguments.of("[192.0.2.7]:80", "only IPv6 addresses are written in brackets"),
        Arguments.of("2001:db8::1%eth0", "a zone has no meaning"),
        Arguments.of("192.0.2.0/33", "prefix length is 33; it must be from 0 to 32"),
        Arguments.of("2001:db8::/129", "prefix length is 129; it must be from 0 to 128"),
        Arguments.of("192.0.2.0/x", "prefix length is \"x\"; it must be a number"),
        Arguments.of("192.0.2.0/024", "prefix length is \"024\"; it must be a number"),
        Arguments.of(
            "192.0.2.1/24", "use \"192.0.2.0/24\" for the range, or \"192.0.2.1\" for the one"),
        Arguments.of("example.org/24", "is not an address or a range"),
        Arguments.of("example.org/path", "is not an address or a range"),
        Arguments.of("1:2:3", "is not an address or a range"),
        Arguments.of("256.0.0.1", "an IPv4 address has four numbers"),
        Arguments.of("127.1", "an IPv4 address has four numbers"),
        Arguments.of("2130706433", "an IPv4 address has four numbers"),
        Arguments.of("127.0.0.1", "for servers on this machine, write host.boxlite.internal"),
        Arguments.of("127.0.0.0/8:80", "for servers on this machine, write host.boxlite"),
        Arguments.of("[::1]:80", "for servers on this machine, write host.boxlite.internal"),
        Arguments.of("::ffff:127.0.0.1", "for servers on this machine, write host.boxlite"),
        Arguments.of("localhost:80", "for servers on this machine, write host.boxlite.internal"),
        Arguments.of("a.localhost", "for servers on this machine, write host.boxlite.internal"),
        Arguments.of("0.0.0.0", "nothing can connect to this address"),
        Arguments.of("::", "nothing can connect to this address"),
        Arguments.of("224.0.0.1", "nothing can connect to this address"),
        Arguments.of("ff02::1", "nothing can connect to this address"),
        Arguments.of("255.255.255.255", "nothing can connect to this address"),
        Arguments.of("*.boxlite.internal", "the only name of this kind is host.boxlite.internal"),
        Arguments.of("b.boxlite.internal", "the only name of this kind is host.boxlite.internal"),
        Arguments.of("boxlite.internal", "the only name of this kind is host.boxlite.internal"),
        Arguments.of("none", "this is not a rule; use Network.none()"),
        Arguments.of("outbound", "this is not a rule; use Network.outbound()"));
  }

  @ParameterizedTest
  @MethodSource("nonsense")
  void nonsenseIsRefusedWithTheValueAndWhatToWrite(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.allow(text))
        .withMessageStartingWith(
            "network rule is \"" + text.substring(0, Math.min(9, text.length())))
        .withMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "*.example.org, a.example.org, true",
    "*.example.org, a.b.example.org, true",
    "*.example.org, example.org, false",
    "*.example.org, evilexample.org, false",
    "*.example.org, .example.org, false",
    "*.example.org, a.example.org.evil, false",
    "*.example.org, example.org.evil, false",
    "*.example.org, a.exampleXorg, false",
    "example.org, example.org, true",
    "example.org, a.example.org, false",
    "example.org, evilexample.org, false",
    "example.org, example.org.evil, false",
    "example.org, exampleXorg, false",
    "host.boxlite.internal, host.boxlite.internal, true",
    "192.0.2.7, 192.0.2.7, false",
  })
  void aRuleForNamesHasWholeLabels(String rule, String name, boolean has) {
    assertThat(NetworkRule.parse(rule).hasName(name)).isEqualTo(has);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/25, 192.0.2.127, true",
    "192.0.2.0/25, 192.0.2.128, false",
    "192.0.2.7, 192.0.2.7, true",
    "192.0.2.7, 192.0.2.8, false",
    "0.0.0.0/0, 203.0.113.1, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "::/0, 203.0.113.1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "example.org, 192.0.2.7, false",
  })
  void aRuleForAddressesHasTheWholeRange(String rule, String address, boolean has) {
    assertThat(NetworkRule.parse(rule).hasAddress(AddressText.parse(address).orElseThrow()))
        .isEqualTo(has);
  }

  @Test
  void aRuleHasItsPorts() {
    NetworkRule rule = NetworkRule.parse("x:8000-8100");
    assertThat(Stream.of(7999, 8000, 8100, 8101).map(rule::hasPort))
        .containsExactly(false, true, true, false);
    assertThat(NetworkRule.parse("x").hasAllPorts()).isTrue();
    assertThat(NetworkRule.parse("x").hasPort(0)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          none                                    | none
          NONE                                    | none
          outbound                                | outbound
          b.example, a.example:443                | b.example, a.example:443
          10.0.0.0/8, Outbound                    | outbound, 10.0.0.0/8
          A.example, a.example., a.example:1-65535 | a.example
          """)
  void aNetworkHasOneTextForm(String text, String canonical) {
    Network network = Network.parse(text);
    assertThat(network).hasToString(canonical);
    assertThat(Network.parse(canonical)).isEqualTo(network).hasSameHashCodeAs(network);
    assertThat(Network.parse(text.split(", "))).isEqualTo(network);
  }

  @Test
  void isBuiltInSteps() {
    assertThat(Network.none().isNone()).isTrue();
    assertThat(Network.none().and("a.example")).isEqualTo(Network.allow("a.example"));
    Network network = Network.outbound().and("10.0.0.0/8").and("host.boxlite.internal:80");
    assertThat(network.isOutbound()).isTrue();
    assertThat(network.isNone()).isFalse();
    assertThat(network.rules()).hasSize(2);
    assertThat(Network.outbound().rules()).isEmpty();
    assertThat(network)
        .isEqualTo(Network.outbound().and("host.boxlite.internal:80", "10.0.0.0/8"))
        .isNotEqualTo(Network.allow("host.boxlite.internal:80", "10.0.0.0/8"));
    assertThat(Network.outbound()).isNotEqualTo(Network.none());
  }

  @Test
  void otherTextsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.allow())
        .withMessageContaining("use Network.none()");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.parse("none", "a.example"))
        .withMessageContaining("\"none, a.example\"; \"none\" stands alone");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.parse("none, none"))
        .withMessageContaining("\"none\" stands alone");
    for (String[] empty : new String[][] {{}, {""}, {" , "}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Network.parse(empty))
          .withMessageContaining("network is empty; it must be \"none\", \"outbound\" or rules");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.parse("a.example,"))
        .withMessageContaining("network rule is \"\"");
  }
}
