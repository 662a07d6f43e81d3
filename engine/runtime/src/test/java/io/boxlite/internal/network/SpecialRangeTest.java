package io.boxlite.internal.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Network;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.net.NetworkInterface;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses are public. */
class SpecialRangeTest {
  private static final Reach OUTBOUND =
      new Reach(Network.outbound(), address("8.8.4.4")::equals); // as if it were this machine's

  static InetAddress address(String text) {
    return AddressText.parse(text).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2000::1",
        "2001:200::1",
        "2001:db7::1",
        "2001:db9::1",
        "3ffe::1",
        "64:ff9b::8.8.8.8",
        "2606:4700::5efe:808:808", // ISATAP of 8.8.8.8
      })
  void publicAddresses(String text) {
    assertThat(OUTBOUND.special(address(text))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, this machine",
    "0.255.255.255, this machine",
    "127.0.0.1, this machine",
    "127.255.255.255, this machine",
    "::, this machine",
    "::1, this machine",
    "10.0.0.0, in a private network",
    "10.255.255.255, in a private network",
    "172.16.0.1, in a private network",
    "172.31.255.255, in a private network",
    "192.168.0.1, in a private network",
    "100.64.0.1, in a provider's private network",
    "100.127.255.255, in a provider's private network",
    "fc00::1, in a private network",
    "fdff:ffff::1, in a private network",
    "fec0::1, in a private network",
    "169.254.0.1, a link-local address",
    "fe80::1, a link-local address",
    "febf::1, a link-local address",
    "169.254.169.254, a metadata service",
    "169.254.170.2, a metadata service",
    "100.100.100.200, a metadata service",
    "168.63.129.16, a metadata service",
    "192.0.0.192, a metadata service",
    "fd00:ec2::254, a metadata service",
    "fd20:ce::254, a metadata service",
    "192.0.0.1, a reserved address",
    "192.0.2.7, an address for documentation",
    "198.51.100.7, an address for documentation",
    "203.0.113.7, an address for documentation",
    "2001:db8::7, an address for documentation",
    "3fff::7, an address for documentation",
    "198.18.0.2, an address for benchmarks",
    "198.19.255.255, an address for benchmarks",
    "192.88.99.1, a reserved address",
    "224.0.0.1, a multicast address",
    "239.255.255.255, a multicast address",
    "ff02::1, a multicast address",
    "240.0.0.1, a reserved address",
    "255.255.255.255, the broadcast address",
    "100::1, a reserved address",
    "2001:2::1, a reserved address",
    "4000::1, a reserved address",
    "::2, a reserved address",
    "8.8.4.4, an address of this machine",
  })
  void specialAddresses(String text, String words) {
    assertThat(OUTBOUND.special(address(text)).orElseThrow().words()).startsWith(words);
  }

  /** Each of these may reach 127.0.0.1, 10.0.0.1, 169.254.169.254 or this machine's 8.8.4.4. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "::ffff:127.0.0.1", // IPv4-mapped
        "::127.0.0.1", // IPv4-compatible
        "::8.8.4.4",
        "64:ff9b::127.0.0.1", // NAT64
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b::8.8.4.4",
        "64:ff9b:1::127.0.0.1", // NAT64 of a network, prefix of 96 bits
        "64:ff9b:1:7f00:0:100::", // and of 48 bits
        "2002:7f00:1::", // 6to4
        "2002:a9fe:a9fe::1",
        "2002:808:404::1",
        "2001:0:7f00:1::1", // Teredo, address of the server
        "2001:0:808:808::80ff:fffe", // Teredo, 127.0.0.1 inverted
        "2606:4700::5efe:7f00:1", // ISATAP
        "2606:4700::200:5efe:a00:1",
      })
  void ipv4AddressesInIpv6AddressesAreClosedToEveryRule(String text) {
    InetAddress address = address(text);
    assertThat(OUTBOUND.special(address))
        .hasValueSatisfying(s -> assertThat(s.openable()).isFalse());
    Reach all =
        new Reach(
            Network.outbound()
                .and("::/0", "0.0.0.0/0", "2001::/32", "2002::/16", "64:ff9b::/96")
                .and("64:ff9b:1::/48", "2606:4700::/32", "10.0.0.0/9", "169.254.0.0/16"),
            address("8.8.4.4")::equals);
    assertThat(all.hasAddress(address)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.1.2.3, true",
    "10.1.0.0/16, 10.1.2.3, true",
    "10.1.2.3, 10.1.2.3, true",
    "10.0.0.0/7, 10.1.2.3, false", // does not name the private network
    "0.0.0.0/0, 10.1.2.3, false",
    "0.0.0.0/0, 8.8.8.8, true",
    "0.0.0.0/0, 169.254.169.254, false",
    "0.0.0.0/0, 127.0.0.1, false",
    "0.0.0.0/8, 0.0.0.0, false",
    "169.254.0.0/16, 169.254.1.1, true",
    "169.254.0.0/16, 169.254.169.254, false",
    "169.254.169.254, 169.254.169.254, true",
    "100.64.0.0/10, 100.100.100.200, false",
    "100.100.100.200, 100.100.100.200, true",
    "8.8.4.0/24, 8.8.4.4, false", // this machine's own address
    "8.8.4.0/24, 8.8.4.5, true",
    "8.8.4.4, 8.8.4.4, true",
    "fc00::/7, fd00::1, true",
    "fc00::/7, fd00:ec2::254, false",
    "::/0, fd00::1, false",
    "::/0, ::1, false",
    "::/0, 2606:4700::1111, true",
    "64:ff9b:1::/48, 64:ff9b:1::8.8.8.8, true",
    "64:ff9b:1::/48, 64:ff9b:1:808:8:800::, true",
    "2002::/16, 2002:808:808::1, true",
  })
  void aRuleOpensASpecialRangeOnlyIfItNamesIt(String rule, String address, boolean open) {
    Reach reach = new Reach(Network.allow(rule), address("8.8.4.4")::equals);
    assertThat(reach.hasAddress(address(address))).isEqualTo(open);
    assertThat(reach.hasAddress(address(address), 80)).isEqualTo(open);
  }

  @Test
  void theRealAddressesOfThisMachineAreItsOwn() throws Exception {
    OwnAddresses own = new OwnAddresses();
    NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .forEach(address -> assertThat(own).accepts(EmbeddedAddress.unmapped(address)));
    assertThat(own).rejects(address("8.8.8.8"));
  }
}
