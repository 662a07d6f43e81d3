package io.boxlite.internal.network;

import io.boxlite.AddressRange;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * IPv4 addresses in IPv6 addresses: a router may send a packet for such an address to the IPv4
 * address, so the IPv4 address has to be allowed as well.
 */
final class EmbeddedAddress {
  private static final AddressRange COMPATIBLE = AddressRange.parse("::/96"); // RFC 4291
  private static final AddressRange NAT64 = AddressRange.parse("64:ff9b::/96"); // RFC 6052
  private static final AddressRange LOCAL_NAT64 = AddressRange.parse("64:ff9b:1::/48"); // RFC 8215
  private static final AddressRange TEREDO = AddressRange.parse("2001::/32"); // RFC 4380
  private static final AddressRange SIX_TO_FOUR = AddressRange.parse("2002::/16"); // RFC 3056

  private EmbeddedAddress() {}

  /**
   * Returns an address as one of 4 or 16 bytes that does not stand for another: an IPv4-mapped one
   * (::ffff:0:0/96) as the IPv4 address, and without a zone or a name.
   */
  static InetAddress unmapped(InetAddress address) {
    return AddressText.of(address.getAddress());
  }

  /** Returns the IPv4 addresses in an IPv6 address. */
  static List<InetAddress> in(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return List.of();
    }
    if (COMPATIBLE.contains(address) || NAT64.contains(address)) {
      return List.of(at(bytes, 12));
    }
    if (LOCAL_NAT64.contains(address)) {
      return localNat64(bytes);
    }
    if (SIX_TO_FOUR.contains(address)) {
      return List.of(at(bytes, 2));
    }
    if (TEREDO.contains(address)) {
      byte[] client = Arrays.copyOfRange(bytes, 12, 16);
      for (int i = 0; i < client.length; i++) {
        client[i] = (byte) ~client[i];
      }
      return List.of(at(bytes, 4), AddressText.of(client));
    }
    // ISATAP, RFC 5214, section 6.1: interface identifiers 0000:5efe and 0200:5efe.
    boolean isatap =
        (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && (bytes[11] & 0xff) == 0xfe;
    return isatap ? List.of(at(bytes, 12)) : List.of();
  }

  /** RFC 6052, section 2.2: the IPv4 address follows a prefix of 48 bits, or of 96. */
  private static List<InetAddress> localNat64(byte[] bytes) {
    boolean endsWithZeros = true;
    for (int i = 11; i < bytes.length; i++) {
      endsWithZeros &= bytes[i] == 0;
    }
    return endsWithZeros
        ? List.of(AddressText.of(new byte[] {bytes[6], bytes[7], bytes[9], bytes[10]}))
        : List.of(at(bytes, 12));
  }

  private static InetAddress at(byte[] bytes, int offset) {
    return AddressText.of(Arrays.copyOfRange(bytes, offset, offset + 4));
  }
}
