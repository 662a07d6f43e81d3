package io.boxlite.internal.network;

import static io.boxlite.internal.network.SpecialRangeTest.address;

import io.boxlite.internal.host.AddressFamily;
import io.boxlite.internal.host.HostAddresses;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Names of the outside world, which change as a test wants, and what was asked. */
final class TestNames implements HostResolver {
  private final Map<String, HostAddresses> names = new ConcurrentHashMap<>();
  private final Queue<Question> asked = new ConcurrentLinkedQueue<>();

  /** Sets the addresses of a name, of both families. */
  TestNames set(String name, String... addresses) {
    names.put(
        name,
        HostAddresses.found(Arrays.stream(addresses).map(SpecialRangeTest::address).toList()));
    return this;
  }

  TestNames fail(String name) {
    names.put(name, HostAddresses.failed("SERVFAIL"));
    return this;
  }

  Queue<Question> asked() {
    return asked;
  }

  @Override
  public HostAddresses lookup(String name, AddressFamily family) {
    asked.add(new Question(name, family));
    HostAddresses all = names.getOrDefault(name, HostAddresses.notFound());
    if (all.status() != HostAddresses.Status.FOUND) {
      return all;
    }
    int length = family == AddressFamily.IPV4 ? 4 : 16;
    List<InetAddress> ofFamily =
        all.addresses().stream().filter(each -> each.getAddress().length == length).toList();
    return HostAddresses.found(ofFamily);
  }

  /** An address that nothing in a test has. */
  static InetAddress stranger() {
    return address("9.9.9.9");
  }
}
