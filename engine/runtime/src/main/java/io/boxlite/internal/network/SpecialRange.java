package io.boxlite.internal.network;

import io.boxlite.AddressRange;
import io.boxlite.NetworkRule;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * A range of addresses that are not public. The ranges are those of the IANA registries of
 * special-purpose addresses that are not globally reachable, and the metadata services of clouds.
 *
 * @param range the addresses
 * @param words what they are, to follow "is"
 * @param openable whether rules can allow them
 */
record SpecialRange(AddressRange range, String words, boolean openable) {
  private static final String PRIVATE = "in a private network";
  private static final String LINK = "a link-local address";
  private static final String METADATA =
      "a metadata service of clouds, which hands out credentials";
  private static final String MACHINE = "this machine or the box itself";
  private static final String OWN = "an address of this machine";
  private static final String MULTICAST = "a multicast address";
  private static final String RESERVED = "a reserved address";
  private static final String DOCUMENTATION = "an address for documentation";
  private static final String TUNNEL = "an address of an IPv6 tunnel";

  private static final List<SpecialRange> V4 =
      List.of(
          closed("0.0.0.0/8", MACHINE), // RFC 791; 0.0.0.0 connects to this machine
          open("10.0.0.0/8", PRIVATE), // RFC 1918
          open("100.64.0.0/10", "in a provider's private network"), // RFC 6598
          open("100.100.100.200", METADATA), // Alibaba Cloud
          closed("127.0.0.0/8", MACHINE), // RFC 1122
          open("168.63.129.16", METADATA), // Azure
          open("169.254.0.0/16", LINK), // RFC 3927
          open("169.254.169.254", METADATA), // nearly all clouds
          open("169.254.170.2", METADATA), // Amazon ECS
          open("172.16.0.0/12", PRIVATE), // RFC 1918
          open("192.0.0.0/24", RESERVED), // RFC 6890
          open("192.0.0.192", METADATA), // Oracle Cloud
          open("192.0.2.0/24", DOCUMENTATION), // RFC 5737
          open("192.88.99.0/24", RESERVED), // RFC 7526
          open("192.168.0.0/16", PRIVATE), // RFC 1918
          open("198.18.0.0/15", "an address for benchmarks"), // RFC 2544
          open("198.51.100.0/24", DOCUMENTATION), // RFC 5737
          open("203.0.113.0/24", DOCUMENTATION), // RFC 5737
          closed("224.0.0.0/4", MULTICAST), // RFC 5771
          open("240.0.0.0/4", RESERVED), // RFC 1112; some clouds use it privately
          closed("255.255.255.255", "the broadcast address")); // RFC 919

  /** Everything outside 2000::/3 is special, but for the prefix of NAT64. */
  private static final List<SpecialRange> V6 =
      List.of(
          closed("::/96", RESERVED), // RFC 4291: unspecified, loopback, IPv4-compatible
          closed("::", MACHINE),
          closed("::1", MACHINE),
          open("64:ff9b:1::/48", PRIVATE), // RFC 8215: NAT64 of a network
          open("2001::/23", RESERVED), // RFC 2928
          open("2001::/32", TUNNEL), // RFC 4380: Teredo
          open("2001:db8::/32", DOCUMENTATION), // RFC 3849
          open("2002::/16", TUNNEL), // RFC 3056: 6to4
          open("3fff::/20", DOCUMENTATION), // RFC 9637
          open("fc00::/7", PRIVATE), // RFC 4193
          open("fd00:c1::a9fe:a9fe", METADATA), // Oracle Cloud
          open("fd00:ec2::23", METADATA), // Amazon EKS
          open("fd00:ec2::254", METADATA), // Amazon EC2
          open("fd20:ce::254", METADATA), // Google Cloud
          closed("fe80::/10", LINK), // RFC 4291; useless without a zone
          open("fec0::/10", PRIVATE), // RFC 3879
          closed("ff00::/8", MULTICAST)); // RFC 4291

  private static final SpecialRange V6_RESERVED = closed("::/0", RESERVED);
  private static final AddressRange V6_PUBLIC = AddressRange.parse("2000::/3");
  private static final AddressRange NAT64 = AddressRange.parse("64:ff9b::/96"); // RFC 6052

  private static SpecialRange open(String range, String words) {
    return new SpecialRange(AddressRange.parse(range), words, true);
  }

  private static SpecialRange closed(String range, String words) {
    return new SpecialRange(AddressRange.parse(range), words, false);
  }

  /** Returns the smallest special range of an address; empty if the address is public. */
  static Optional<SpecialRange> of(InetAddress address) {
    boolean v4 = address.getAddress().length == 4;
    SpecialRange smallest = null;
    for (SpecialRange each : v4 ? V4 : V6) {
      if (each.range.contains(address)
          && (smallest == null || each.range.prefixLength() > smallest.range.prefixLength())) {
        smallest = each;
      }
    }
    if (smallest == null && !v4 && !V6_PUBLIC.contains(address) && !NAT64.contains(address)) {
      smallest = V6_RESERVED;
    }
    return Optional.ofNullable(smallest);
  }

  /** Returns the range of an address of this machine. */
  static SpecialRange ofThisMachine(InetAddress address) {
    return new SpecialRange(AddressRange.of(address), OWN, true);
  }

  /** Returns this range for an IPv6 address in which an IPv4 address of the range is embedded. */
  SpecialRange around(InetAddress embedded) {
    return new SpecialRange(
        range, "a form of " + AddressText.format(embedded) + ", which is " + words, false);
  }

  /** Returns whether an address of the range leads to this machine. */
  boolean isThisMachine() {
    return words.equals(OWN) || words.equals(MACHINE);
  }

  /**
   * Returns whether a rule names this range: all that the rule allows is in it. So 10.1.0.0/16
   * opens addresses of 10.0.0.0/8, and 0.0.0.0/0 does not.
   */
  boolean isOpenedBy(NetworkRule rule) {
    return openable && rule.addresses().filter(range::contains).isPresent();
  }
}
