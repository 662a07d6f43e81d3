package io.boxlite.internal.network;

import static io.boxlite.internal.network.SpecialRangeTest.address;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Network;
import io.boxlite.NetworkEvent;
import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkEvent.Result;
import io.boxlite.internal.host.AddressFamily;
import io.boxlite.internal.network.Decision.Reason;
import io.boxlite.text.AddressText;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoxGatewayTest {
  private static final String OWN = "8.8.4.4"; // as if it were this machine's

  private final TestNames names =
      new TestNames()
          .set("pypi.example", "93.184.216.34", "2606:2800::1")
          .set("a.example.org", "93.184.216.35")
          .set("example.org", "93.184.216.36")
          .set("evilexample.org", "93.184.216.37");
  private final AtomicLong nanos = new AtomicLong();
  private final NameLookups lookups =
      new NameLookups(names, NameLookups.Limits.DEFAULT, nanos::get);

  @AfterEach
  void close() {
    lookups.close();
  }

  private BoxGateway gateway(String network) {
    return new BoxGateway(Network.parse(network), lookups, address(OWN)::equals);
  }

  private static NameResult resolve(BoxGateway gateway, String name, AddressFamily family) {
    try {
      return gateway.resolve(name, family).get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> addresses(BoxGateway gateway, String name) {
    return resolve(gateway, name, AddressFamily.IPV4) instanceof NameResult.Found found
        ? found.addresses().stream().map(AddressText::format).toList()
        : List.of("none");
  }

  private static boolean connects(BoxGateway gateway, String address, int port) {
    Decision decision = gateway.decide(address(address), port);
    if (decision instanceof Decision.Allowed allowed) {
      assertThat(allowed.destinations()).isNotEmpty();
      return true;
    }
    assertThat(((Decision.Refused) decision).text()).isNotBlank();
    return false;
  }

  private static Decision.Refused refusal(BoxGateway gateway, String address, int port) {
    return (Decision.Refused) gateway.decide(address(address), port);
  }

  private static NetworkEvent last(BoxGateway gateway) {
    List<NetworkEvent> events = gateway.log().events();
    return events.get(events.size() - 1);
  }

  @Test
  void anAllowedNameMakesItsAddressesReachableAtItsPorts() {
    BoxGateway gateway = gateway("pypi.example:443");
    assertThat(connects(gateway, "93.184.216.34", 443)).as("before the look-up").isFalse();
    assertThat(addresses(gateway, "pypi.example")).containsExactly("93.184.216.34");
    assertThat(connects(gateway, "93.184.216.34", 443)).isTrue();
    assertThat(last(gateway).hostNames()).containsExactly("pypi.example");
    assertThat(refusal(gateway, "93.184.216.34", 80))
        .isEqualTo(
            new Decision.Refused(
                Reason.PORT_NOT_ALLOWED,
                "pypi.example is allowed at port 443, not at 80; allow it with"
                    + " Network.allow(\"pypi.example:80\")"));
    assertThat(connects(gateway, "2606:2800::1", 443)).as("was not asked for").isFalse();
    resolve(gateway, "pypi.example", AddressFamily.IPV6);
    assertThat(connects(gateway, "2606:2800::1", 443)).isTrue();
    assertThat(connects(gateway, "93.184.216.33", 443)).as("its neighbour").isFalse();
  }

  @Test
  void theDestinationIsTheAddressThatTheBoxAskedFor() {
    BoxGateway gateway = gateway("8.8.8.8:53");
    Decision.Allowed allowed = (Decision.Allowed) gateway.decide(address("8.8.8.8"), 53);
    assertThat(allowed.destinations())
        .containsExactly(new InetSocketAddress(address("8.8.8.8"), 53));
  }

  @Test
  void grantsOfOneBoxAreNoneOfAnother() {
    BoxGateway one = gateway("pypi.example");
    BoxGateway other = gateway("pypi.example");
    addresses(one, "pypi.example");
    assertThat(connects(other, "93.184.216.34", 443)).isFalse();
  }

  @Test
  void portsOfSeveralRulesAndNamesOfOneAddressAddUp() {
    names.set("cdn.example", "93.184.216.34");
    BoxGateway gateway = gateway("pypi.example:443, pypi.example:8000-8001, cdn.example:80");
    addresses(gateway, "pypi.example");
    assertThat(connects(gateway, "93.184.216.34", 80)).isFalse();
    addresses(gateway, "cdn.example");
    for (int port : new int[] {80, 443, 8000, 8001}) {
      assertThat(connects(gateway, "93.184.216.34", port)).as("port %d", port).isTrue();
    }
    assertThat(connects(gateway, "93.184.216.34", 8002)).isFalse();
    assertThat(last(gateway).hostNames()).containsExactly("cdn.example", "pypi.example");
  }

  @Test
  void aNameThatNoRuleHasNeverLeavesThisMachine() {
    BoxGateway gateway = gateway("pypi.example");
    assertThat(resolve(gateway, "secret.attacker.example", AddressFamily.IPV4))
        .isEqualTo(new NameResult.NotFound());
    assertThat(resolve(gateway, "secret.attacker.example", AddressFamily.IPV6))
        .isEqualTo(new NameResult.NotFound());
    assertThat(names.asked()).isEmpty();
    assertThat(last(gateway))
        .hasToString(
            "REFUSED resolve secret.attacker.example: \"secret.attacker.example\" is not on the"
                + " box's list; allow it with Network.allow(\"secret.attacker.example\") (2"
                + " times)");
  }

  @ParameterizedTest
  @CsvSource({
    "*.example.org, a.example.org, 93.184.216.35",
    "*.example.org, A.EXAMPLE.ORG, 93.184.216.35",
    "*.example.org, a.example.org., 93.184.216.35",
    "*.example.org, example.org, none",
    "*.example.org, evilexample.org, none",
    "*.example.org, a.example.org.evil, none",
    "*.example.org, example.org.evil, none",
    "example.org, example.org, 93.184.216.36",
    "example.org, eXaMpLe.OrG., 93.184.216.36",
    "example.org, a.example.org, none",
    "example.org, evilexample.org, none",
    "EXAMPLE.org., example.org, 93.184.216.36",
    "outbound, evilexample.org, 93.184.216.37",
    "'outbound, example.org', evilexample.org, 93.184.216.37",
    "93.184.216.0/24, example.org, none",
  })
  void aNameIsAnsweredIfARuleHasIt(String network, String name, String address) {
    assertThat(addresses(gateway(network), name)).containsExactly(address);
  }

  @Test
  void aRuleForNamesBelowANameSaysThatItDoesNotHaveTheName() {
    BoxGateway gateway = gateway("*.example.org");
    addresses(gateway, "example.org");
    assertThat(last(gateway).reason().orElseThrow())
        .contains("where *.example.org has only the names below it")
        .contains("Network.allow(\"example.org\")");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "8.8.8.8",
        "a b.example",
        "a\u0000.example",
        "a\r\nb.example",
        "a..example",
        "..",
        "",
        "%2e.example",
        "a:80",
        "*.example",
        "\u202eelpmaxe",
      })
  void whatIsNotANameNeverReachesTheCLibrary(String name) {
    BoxGateway gateway = gateway("outbound");
    assertThat(resolve(gateway, name, AddressFamily.IPV4)).isEqualTo(new NameResult.NotFound());
    assertThat(names.asked()).isEmpty();
    assertThat(last(gateway).result()).isEqualTo(Result.REFUSED);
    assertThat(last(gateway).toString()).matches("[\\x20-\\x7e]*").contains("not the name of");
  }

  @Test
  void theLongestNamesAndLabelsAreLookedUpAndLongerOnesAreNot() {
    String label = "a".repeat(63);
    String longest = String.join(".", label, label, label, "b".repeat(61));
    names.set(longest, "93.184.216.34");
    BoxGateway gateway = gateway("outbound");
    assertThat(addresses(gateway, longest)).containsExactly("93.184.216.34");
    assertThat(addresses(gateway, longest + "b")).containsExactly("none");
    assertThat(addresses(gateway, label + "a.example")).containsExactly("none");
    assertThat(names.asked()).hasSize(1);
  }

  @Test
  void localhostIsTheGuestItself() {
    BoxGateway gateway = gateway("outbound");
    assertThat(addresses(gateway, "LocalHost.")).containsExactly("127.0.0.1");
    assertThat(addresses(gateway, "a.localhost")).containsExactly("127.0.0.1");
    assertThat(resolve(gateway, "localhost", AddressFamily.IPV6))
        .isInstanceOfSatisfying(
            NameResult.Found.class,
            found -> assertThat(found.addresses()).containsExactly(address("::1")));
    assertThat(names.asked()).isEmpty();
    assertThat(gateway.log().events()).isEmpty();
  }

  @Test
  void outboundHasEveryPublicAddressAndNothingElse() {
    BoxGateway gateway = gateway("outbound");
    assertThat(connects(gateway, "93.184.216.34", 25)).isTrue();
    assertThat(connects(gateway, "2606:2800::1", 65535)).isTrue();
    for (String address :
        List.of("10.0.0.1", "192.168.0.1", "169.254.169.254", "127.0.0.1", OWN, "::1", "fd00::1")) {
      Decision.Refused refused = refusal(gateway, address, 80);
      assertThat(refused.reason()).as(address).isEqualTo(Reason.NOT_PUBLIC);
      assertThat(refused.text()).startsWith(address + " is ");
    }
    assertThat(refusal(gateway, "10.0.0.1", 80).text())
        .isEqualTo(
            "10.0.0.1 is in a private network; allow it with"
                + " Network.outbound().and(\"10.0.0.1:80\")");
    assertThat(refusal(gateway, OWN, 80).text())
        .isEqualTo(
            "8.8.4.4 is an address of this machine; a server on this machine's loopback address is"
                + " reached as host.boxlite.internal; allow it with"
                + " Network.outbound().and(\"host.boxlite.internal:80\")");
    assertThat(refusal(gateway, "ff02::1", 80).text()).endsWith("; no box can reach it");
    assertThat(refusal(gateway, "fd00::1", 80).text()).contains(".and(\"[fd00::1]:80\")");
    assertThat(connects(gateway, "93.184.216.34", 0)).isFalse();
  }

  @Test
  void outboundNamesTheHostOfAConnectionAndCanBeCombined() {
    BoxGateway gateway = gateway("outbound, 10.0.0.0/8:5432");
    addresses(gateway, "pypi.example");
    assertThat(connects(gateway, "93.184.216.34", 443)).isTrue();
    assertThat(last(gateway).hostNames()).containsExactly("pypi.example");
    assertThat(connects(gateway, "10.1.2.3", 5432)).isTrue();
    assertThat(refusal(gateway, "10.1.2.3", 22))
        .isEqualTo(
            new Decision.Refused(
                Reason.PORT_NOT_ALLOWED,
                "10.1.2.3 is allowed at port 5432, not at 22; allow it with"
                    + " Network.outbound().and(\"10.1.2.3:22\")"));
  }

  @Test
  void anAddressWithoutARuleIsRefused() {
    BoxGateway gateway = gateway("pypi.example, 9.9.9.0/24:53");
    assertThat(refusal(gateway, "1.1.1.1", 443))
        .isEqualTo(
            new Decision.Refused(
                Reason.NOT_ALLOWED,
                "1.1.1.1 is not on the box's list, and this box was given it for no name on the"
                    + " list; allow it with Network.allow(\"1.1.1.1:443\"), or allow the name that"
                    + " the program means"));
    assertThat(connects(gateway, "9.9.9.9", 53)).isTrue();
    assertThat(refusal(gateway, "9.9.9.9", 443).reason()).isEqualTo(Reason.PORT_NOT_ALLOWED);
  }

  @Test
  void theHostIsReachedByItsOwnNameOnly() {
    BoxGateway gateway = gateway("host.boxlite.internal:8080, outbound");
    assertThat(addresses(gateway, "host.boxlite.internal")).containsExactly("198.18.0.1");
    assertThat(((Decision.Allowed) gateway.decide(HostZone.V4, 8080)).destinations())
        .containsExactly(
            new InetSocketAddress(address("127.0.0.1"), 8080),
            new InetSocketAddress(address("::1"), 8080));
    assertThat(last(gateway).hostNames()).containsExactly("host.boxlite.internal");
    assertThat(gateway.decide(HostZone.V6, 8080)).isInstanceOf(Decision.Allowed.class);
    assertThat(refusal(gateway, "198.18.0.1", 22).text())
        .isEqualTo(
            "host.boxlite.internal is allowed at port 8080, not at 22; allow it with"
                + " Network.outbound().and(\"host.boxlite.internal:22\")");
    assertThat(names.asked()).isEmpty();
  }

  @Test
  void theHostIsNotReachedWithoutARule() {
    for (String network : List.of("outbound", "pypi.example", "*.internal", "198.18.0.0/15")) {
      BoxGateway gateway = gateway(network);
      assertThat(connects(gateway, "198.18.0.1", 80)).as(network).isFalse();
      assertThat(connects(gateway, "fd62:6f78:6c69:7465::1", 80)).as(network).isFalse();
      assertThat(addresses(gateway, "b.boxlite.internal")).containsExactly("none");
      assertThat(addresses(gateway, "boxlite.internal")).containsExactly("none");
    }
    BoxGateway gateway = gateway("outbound");
    assertThat(addresses(gateway, "host.boxlite.internal")).containsExactly("none");
    assertThat(last(gateway).reason())
        .contains(
            "host.boxlite.internal is not on the box's list; allow it with"
                + " Network.outbound().and(\"host.boxlite.internal\")");
    assertThat(names.asked()).isEmpty();
  }

  @Test
  void anIpv4AddressInIpv6FormIsTheIpv4Address() throws Exception {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    System.arraycopy(address("127.0.0.1").getAddress(), 0, mapped, 12, 4);
    InetAddress loopback = Inet6Address.getByAddress(null, mapped, -1);
    assertThat(loopback).isInstanceOf(Inet6Address.class);
    BoxGateway gateway = gateway("outbound");
    assertThat(gateway.decide(loopback, 80)).isInstanceOf(Decision.Refused.class);
    System.arraycopy(address("8.8.8.8").getAddress(), 0, mapped, 12, 4);
    InetAddress dns = Inet6Address.getByAddress(null, mapped, -1);
    assertThat(((Decision.Allowed) gateway.decide(dns, 80)).destinations())
        .containsExactly(new InetSocketAddress(address("8.8.8.8"), 80));
  }

  @Test
  void aNameThatDoesNotExistOrCannotBeLookedUpIsLogged() {
    names.fail("broken.example");
    BoxGateway gateway = gateway("outbound");
    assertThat(resolve(gateway, "missing.example", AddressFamily.IPV4))
        .isEqualTo(new NameResult.NotFound());
    assertThat(last(gateway)).hasToString("FAILED resolve missing.example: there is no such name");
    assertThat(resolve(gateway, "broken.example", AddressFamily.IPV4))
        .isEqualTo(new NameResult.Failed("SERVFAIL"));
    assertThat(last(gateway)).hasToString("FAILED resolve broken.example: SERVFAIL");
  }

  @Test
  void aConnectionIsLoggedWithItsEnd() {
    BoxGateway gateway = gateway("outbound");
    addresses(gateway, "pypi.example");
    LoggedConnection connection =
        ((Decision.Allowed) gateway.decide(address("93.184.216.34"), 443)).connection();
    assertThat(last(gateway))
        .hasToString("ALLOWED connect 93.184.216.34:443 of pypi.example: open");
    connection.ended(2048, 17);
    connection.ended(1, 1);
    connection.failed("later");
    assertThat(last(gateway).bytesSent()).isEqualTo(2048);
    assertThat(last(gateway).toString())
        .startsWith(
            "ALLOWED connect 93.184.216.34:443 of pypi.example: sent 2 KiB, received 17 bytes in ");
    ((Decision.Allowed) gateway.decide(address("93.184.216.34"), 444))
        .connection()
        .failed("Connection refused");
    assertThat(last(gateway))
        .hasToString("FAILED connect 93.184.216.34:444 of pypi.example: Connection refused");
    assertThat(gateway.log().count(Kind.CONNECT, Result.ALLOWED)).isEqualTo(1);
    assertThat(gateway.log().count(Kind.CONNECT, Result.FAILED)).isEqualTo(1);
  }

  @Test
  void afterTheBoxHasEndedNothingIsLookedUp() {
    BoxGateway gateway = gateway("outbound");
    gateway.close();
    assertThat(resolve(gateway, "pypi.example", AddressFamily.IPV4))
        .isEqualTo(new NameResult.Failed("the box has ended"));
    assertThat(gateway.log().events()).hasSize(1);
  }
}
