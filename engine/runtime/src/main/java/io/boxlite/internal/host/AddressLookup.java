package io.boxlite.internal.host;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Looks up addresses as any program on this machine does, by getaddrinfo(3): {@code nsswitch.conf},
 * {@code /etc/hosts} and {@code resolv.conf} apply.
 *
 * <p>The JDK's look-up cannot be used for this. It asks for both families at once, and reports a
 * name that does not exist and a server that does not answer in the same way.
 */
public final class AddressLookup {
  // struct addrinfo of netdb.h, 64 bits
  private static final int SIZE = 48;
  private static final int FAMILY = 4;
  private static final int SOCKET_TYPE = 8;
  private static final int ADDRESS = 24;
  private static final int NEXT = 40;

  private static final int SOCK_STREAM = 1;

  /** Offset in struct sockaddr_in and length of an address, then the same of sockaddr_in6. */
  private static final int V4_OFFSET = 4;

  private static final int V4_LENGTH = 4;
  private static final int V6_OFFSET = 8;
  private static final int V6_LENGTH = 16;

  // Error codes of netdb.h
  private static final int EAI_NONAME = -2;
  private static final int EAI_NODATA = -5;
  private static final int EAI_ADDRFAMILY = -9;
  private static final Map<Integer, String> PROBLEMS =
      Map.of(
          -3, "no DNS server of this machine answered, or it reported a failure (EAI_AGAIN)",
          -4, "a DNS server of this machine reported a permanent failure (EAI_FAIL)",
          -10, "this machine had no memory for it (EAI_MEMORY)",
          -11, "a system call failed (EAI_SYSTEM)");

  /** The most addresses that are read; a DNS response of 64 KiB has room for thousands. */
  private static final int MOST = 32;

  private AddressLookup() {}

  /**
   * Looks up a name. Blocks, for as long as the machine's DNS servers are silent and {@code
   * resolv.conf} says to wait for them; it cannot be interrupted.
   *
   * @param name an ASCII name
   */
  public static HostAddresses lookup(String name, AddressFamily family) {
    LibC libc = LibC.get();
    try (Memory hints = new Memory(SIZE)) {
      hints.clear();
      hints.setInt(FAMILY, family.number());
      hints.setInt(SOCKET_TYPE, SOCK_STREAM); // otherwise each address is listed three times
      PointerByReference result = new PointerByReference();
      int code = libc.getaddrinfo(name, null, hints, result);
      if (code != 0) {
        return failure(code);
      }
      try {
        return HostAddresses.found(addresses(result.getValue(), family));
      } finally {
        libc.freeaddrinfo(result.getValue());
      }
    }
  }

  private static HostAddresses failure(int code) {
    return switch (code) {
      case EAI_NONAME -> HostAddresses.notFound();
      case EAI_NODATA, EAI_ADDRFAMILY -> HostAddresses.found(List.of());
      default ->
          HostAddresses.failed(PROBLEMS.getOrDefault(code, "getaddrinfo(3) failed with " + code));
    };
  }

  private static List<InetAddress> addresses(Pointer first, AddressFamily family) {
    boolean v4 = family == AddressFamily.IPV4;
    List<InetAddress> addresses = new ArrayList<>();
    for (Pointer entry = first;
        entry != null && addresses.size() < MOST;
        entry = entry.getPointer(NEXT)) {
      if (entry.getInt(FAMILY) == family.number()) {
        addresses.add(
            AddressText.of(
                entry
                    .getPointer(ADDRESS)
                    .getByteArray(v4 ? V4_OFFSET : V6_OFFSET, v4 ? V4_LENGTH : V6_LENGTH)));
      }
    }
    return addresses;
  }
}
