package io.boxlite.internal.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImagePullException;
import io.boxlite.internal.host.settings.RegistrySettings;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may lead a request where, by the address at the end of it. */
class AddressScopeTest {
  private static final Map<String, String> NAMES =
      Map.of(
          "here.test", "127.0.0.1",
          "inside.test", "10.1.2.3",
          "beside.test", "192.168.7.7",
          "metadata.test", "169.254.169.254",
          "outside.test", "203.0.113.9");

  private final ConnectionPolicy policy =
      new ConnectionPolicy(
          new RegistrySettings(List.of(), Set.of(), Set.of("named.test")), AddressScopeTest::look);

  private static InetAddress[] look(String host) throws UnknownHostException {
    if (host.equals("both.test")) {
      return new InetAddress[] {
        InetAddress.getByName("203.0.113.9"), InetAddress.getByName("10.0.0.1")
      };
    }
    if (host.equals("named.test")) {
      return new InetAddress[] {InetAddress.getByName("10.0.0.1")};
    }
    if (host.endsWith(".test") && !NAMES.containsKey(host)) {
      throw new UnknownHostException(host);
    }
    return new InetAddress[] {InetAddress.getByName(NAMES.getOrDefault(host, host))};
  }

  @ParameterizedTest
  @CsvSource({
    "8.8.8.8, PUBLIC",
    "172.15.0.1, PUBLIC",
    "172.32.0.1, PUBLIC",
    "100.128.0.1, PUBLIC",
    "2001:db8::1, PUBLIC",
    "::ffff:8.8.8.8, PUBLIC",
    "64:ff9b::808:808, PUBLIC",
    "10.0.0.1, PRIVATE",
    "172.16.0.1, PRIVATE",
    "172.31.255.255, PRIVATE",
    "192.168.0.1, PRIVATE",
    "100.64.0.1, PRIVATE",
    "198.18.0.1, PRIVATE",
    "fd00::1, PRIVATE",
    "fc00::1, PRIVATE",
    "::ffff:10.0.0.1, PRIVATE",
    "64:ff9b::a00:1, PRIVATE",
    "2002:a00:1::1, PRIVATE",
    "169.254.169.254, LINK",
    "fe80::1, LINK",
    "224.0.0.1, LINK",
    "255.255.255.255, LINK",
    "ff02::1, LINK",
    "64:ff9b::a9fe:a9fe, LINK",
    "127.0.0.1, MACHINE",
    "127.255.0.3, MACHINE",
    "2130706433, MACHINE",
    "0.0.0.0, MACHINE",
    "0.1.2.3, MACHINE",
    "::1, MACHINE",
    "::, MACHINE",
    "::ffff:127.0.0.1, MACHINE",
    "::127.0.0.1, MACHINE",
    "64:ff9b::7f00:1, MACHINE"
  })
  void tellsFromWhereAnAddressCanBeReached(String address, AddressScope scope) throws Exception {
    assertThat(AddressScope.of(InetAddress.getByName(address))).isEqualTo(scope);
  }

  @ParameterizedTest
  @CsvSource({
    "outside.test, https://2130706433/x",
    "outside.test, https://[::ffff:127.0.0.1]/x",
    "outside.test, https://[::ffff:a9fe:a9fe]/x",
    "outside.test, https://[64:ff9b::a00:1]/x",
    "outside.test, https://0.0.0.0/x",
    "outside.test, https://localhost./x",
    "outside.test, https://a.localhost./x",
    "outside.test, https://169.254.169.254/x",
    "outside.test, https://10.1.1.1/x",
    "outside.test, https://172.20.0.1/x",
    "outside.test, https://192.168.0.1/x",
    "outside.test, https://[fd00::1]/x",
    "outside.test, https://here.test/x",
    "outside.test, https://inside.test/x",
    "outside.test, https://metadata.test/x",
    "outside.test, https://both.test/x",
    "unknown.test, https://inside.test/x",
    "inside.test, https://here.test/x",
    "inside.test, https://metadata.test/x"
  })
  void letsNobodyLeadFurtherInThanItIs(String from, String to) {
    assertThatExceptionOfType(ImagePullException.class)
        .isThrownBy(() -> check(from, to))
        .withMessageStartingWith("a redirect of " + from + " is not followed: it leads to " + to);
  }

  @ParameterizedTest
  @CsvSource({
    "outside.test, https://outside.test/x",
    "outside.test, https://unknown.test/x",
    "outside.test, https://8.8.8.8/x",
    "outside.test, https://named.test/x",
    "inside.test, https://beside.test/x",
    "inside.test, https://outside.test/x",
    "here.test, https://127.0.0.1/x",
    "here.test, https://inside.test/x"
  })
  void goesWhereTheOneWhoNamesItIsToo(String from, String to) {
    check(from, to);
  }

  @Test
  void saysWhatIsThere() {
    assertThatExceptionOfType(ImagePullException.class)
        .isThrownBy(() -> check("outside.test", "https://metadata.test/x"))
        .withMessageEndingWith(", which is a link-local address");
    assertThatExceptionOfType(ImagePullException.class)
        .isThrownBy(() -> check("outside.test", "https://inside.test/x"))
        .withMessageEndingWith(", which is in a private network");
    assertThatExceptionOfType(ImagePullException.class)
        .isThrownBy(() -> check("outside.test", "https://here.test/x"))
        .withMessageEndingWith(", which is this machine itself");
  }

  private void check(String from, String to) {
    policy.check("a redirect", URI.create("https://" + from + "/v2/"), URI.create(to));
  }
}
