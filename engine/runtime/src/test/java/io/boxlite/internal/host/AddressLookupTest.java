package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.boxlite.internal.host.HostAddresses.Status;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Asks the C library of this machine. Nothing here needs a DNS server. */
class AddressLookupTest {
  @Test
  void findsLocalhost() {
    HostAddresses found = AddressLookup.lookup("localhost", AddressFamily.IPV4);
    assertThat(found.status()).isEqualTo(Status.FOUND);
    assertThat(found.addresses()).containsExactly(AddressText.parse("127.0.0.1").orElseThrow());
  }

  @Test
  void asksForOneFamily() {
    HostAddresses v6 = AddressLookup.lookup("::1", AddressFamily.IPV6);
    assertThat(v6.addresses()).containsExactly(AddressText.parse("::1").orElseThrow());
    HostAddresses v4 = AddressLookup.lookup("::1", AddressFamily.IPV4);
    assertThat(v4).isEqualTo(HostAddresses.found(List.of())); // EAI_ADDRFAMILY
    assertThat(AddressLookup.lookup("8.8.8.8", AddressFamily.IPV6))
        .isEqualTo(HostAddresses.found(List.of()));
  }

  @Test
  void readsTheHostsFile() throws Exception {
    Optional<String[]> line = hostsLine();
    assumeThat(line).as("/etc/hosts has an IPv4 address with a name").isPresent();
    HostAddresses found = AddressLookup.lookup(line.get()[1], AddressFamily.IPV4);
    assertThat(found.addresses()).contains(AddressText.parse(line.get()[0]).orElseThrow());
  }

  private static Optional<String[]> hostsLine() throws Exception {
    try (Stream<String> lines = Files.lines(Path.of("/etc/hosts"))) {
      return lines
          .map(line -> line.replaceAll("#.*", "").strip().split("\\s+"))
          .filter(words -> words.length > 1 && !words[1].startsWith("localhost"))
          .filter(
              words ->
                  AddressText.parse(words[0])
                      .filter(address -> address.getAddress().length == 4)
                      .isPresent())
          .findFirst();
    }
  }

  @Test
  void findsThisMachineByItsName() throws Exception {
    String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    InetAddress[] known;
    try {
      known = InetAddress.getAllByName(name);
    } catch (UnknownHostException e) {
      assumeThat(name).as("this machine does not know its own name").isNull();
      return;
    }
    List<InetAddress> found =
        Stream.of(AddressFamily.values())
            .flatMap(family -> AddressLookup.lookup(name, family).addresses().stream())
            .toList();
    assertThat(found).contains(AddressText.of(known[0].getAddress()));
  }

  /** RFC 6761: no resolver knows a name below "invalid". It fails where no DNS server answers. */
  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void doesNotFindNamesThatCannotExist(AddressFamily family) {
    HostAddresses result = AddressLookup.lookup("boxlite-test.invalid", family);
    assertThat(result.addresses()).isEmpty();
    assertThat(result.status()).isIn(Status.NOT_FOUND, Status.FAILED);
    if (result.status() == Status.FAILED) {
      assertThat(result.problem()).contains("EAI_");
    }
  }

  @Test
  void survivesNamesThatTheCLibraryRejects() {
    for (String name : List.of("a..b", "x".repeat(64) + ".invalid", "x".repeat(5000), "-", ".")) {
      assertThat(AddressLookup.lookup(name, AddressFamily.IPV4).addresses()).isEmpty();
    }
  }
}
