package io.boxlite.internal.network;

import static io.boxlite.internal.network.SpecialRangeTest.address;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Network;
import io.boxlite.NetworkEvent;
import io.boxlite.internal.host.AddressFamily;
import io.boxlite.internal.host.HostAddresses;
import io.boxlite.text.AddressText;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A box whose user controls the DNS server of an allowed name. */
class RebindingTest {
  private static final String OWN = "8.8.4.4"; // as if it were this machine's

  private final TestNames names = new TestNames();
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

  private static List<String> resolve(BoxGateway gateway, AddressFamily family) throws Exception {
    NameResult result = gateway.resolve("a.evil.example", family).get(10, TimeUnit.SECONDS);
    return ((NameResult.Found) result).addresses().stream().map(AddressText::format).toList();
  }

  private static boolean connects(BoxGateway gateway, String address) {
    return gateway.decide(address(address), 80) instanceof Decision.Allowed;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "198.18.0.1", // what stands for this machine in a box
        OWN,
        "::1",
        "::",
        "fd00:ec2::254",
        "fd62:6f78:6c69:7465::1",
        "fe80::1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::",
        "2001:0:808:808::80ff:fffe",
      })
  void gainsNothingByAnAddressThatIsNotPublic(String address) throws Exception {
    names.set("a.evil.example", address);
    for (String network : List.of("outbound", "*.evil.example", "a.evil.example:80, 0.0.0.0/0")) {
      BoxGateway gateway = gateway(network);
      AddressFamily family = address.contains(":") ? AddressFamily.IPV6 : AddressFamily.IPV4;
      assertThat(resolve(gateway, family)).as(network).isEmpty();
      assertThat(connects(gateway, address)).as(network).isFalse();
      NetworkEvent refused = gateway.log().refused().get(0);
      assertThat(refused.hostNames()).containsExactly("a.evil.example");
      assertThat(refused.addresses()).containsExactly(address(address));
      assertThat(refused.reason().orElseThrow())
          .startsWith(
              "\"a.evil.example\" has the address "
                  + AddressText.format(address(address))
                  + ", which is ");
    }
  }

  @Test
  void gainsNothingByAMappedAddressInAnIpv6Answer() throws Exception {
    NameLookups mapped =
        new NameLookups(
            (name, family) ->
                HostAddresses.found(
                    List.of(address("::ffff:127.0.0.1"), address("::ffff:93.184.216.34"))),
            NameLookups.Limits.DEFAULT,
            nanos::get);
    try (mapped) {
      BoxGateway gateway = new BoxGateway(Network.outbound(), mapped, address(OWN)::equals);
      assertThat(resolve(gateway, AddressFamily.IPV6)).isEmpty();
    }
  }

  @Test
  void keepsThePublicAddressesOfAMixedAnswer() throws Exception {
    names.set("a.evil.example", "127.0.0.1", "93.184.216.34", "10.0.0.1");
    BoxGateway gateway = gateway("*.evil.example");
    assertThat(resolve(gateway, AddressFamily.IPV4)).containsExactly("93.184.216.34");
    assertThat(connects(gateway, "93.184.216.34")).isTrue();
    assertThat(connects(gateway, "127.0.0.1")).isFalse();
    assertThat(gateway.log().refused().get(0).addresses())
        .containsExactly(address("127.0.0.1"), address("10.0.0.1"));
  }

  @Test
  void gainsNothingByAnAnswerThatChanges() throws Exception {
    BoxGateway gateway = gateway("*.evil.example");
    names.set("a.evil.example", "93.184.216.34");
    assertThat(resolve(gateway, AddressFamily.IPV4)).containsExactly("93.184.216.34");
    names.set("a.evil.example", "127.0.0.1");
    nanos.addAndGet(LookupCache.FOUND_TTL.toNanos());
    assertThat(resolve(gateway, AddressFamily.IPV4)).isEmpty();
    assertThat(connects(gateway, "127.0.0.1")).isFalse();
    assertThat(connects(gateway, "93.184.216.34")).as("a program may have kept it").isTrue();
  }

  @Test
  void aPrivateAddressOfANameIsReachedByTheRuleForTheAddress() throws Exception {
    names.set("a.evil.example", "10.1.2.3");
    BoxGateway gateway = gateway("a.evil.example:80, 10.1.2.3:443");
    assertThat(resolve(gateway, AddressFamily.IPV4)).containsExactly("10.1.2.3");
    assertThat(connects(gateway, "10.1.2.3")).as("port 80 is for public addresses").isFalse();
    Decision decision = gateway.decide(address("10.1.2.3"), 443);
    assertThat(decision).isInstanceOf(Decision.Allowed.class);
    List<NetworkEvent> events = gateway.log().events();
    assertThat(events.get(events.size() - 1).hostNames()).containsExactly("a.evil.example");
  }

  @Test
  void theReasonSaysHowToAllowAPrivateAddress() throws Exception {
    names.set("a.evil.example", "10.1.2.3");
    BoxGateway gateway = gateway("a.evil.example:80");
    resolve(gateway, AddressFamily.IPV4);
    assertThat(gateway.log().refused().get(0).reason())
        .contains(
            "\"a.evil.example\" has the address 10.1.2.3, which is in a private network; allow it"
                + " with Network.allow(\"10.1.2.3\")");
  }
}
