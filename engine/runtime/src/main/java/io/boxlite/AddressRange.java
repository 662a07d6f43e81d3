package io.boxlite;

import io.boxlite.internal.check.Arguments;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.util.Optional;

/**
 * A range of internet addresses: those that begin with the same bits, such as {@code 192.0.2.0/24}
 * (CIDR). A single address is a range as well.
 *
 * @param first the first address of the range
 * @param prefixLength how many bits all addresses of the range share, 0 to 32 for IPv4 and 0 to 128
 *     for IPv6
 */
public record AddressRange(InetAddress first, int prefixLength) {
  /**
   * Creates a range.
   *
   * @throws IllegalArgumentException if the prefix length is too large, or the first address has
   *     bits beyond it
   */
  public AddressRange {
    byte[] bytes = first.getAddress();
    Arguments.inRange("prefix length", prefixLength, 0, bits(bytes));
    if (!first.equals(masked(bytes, prefixLength))) {
      throw new IllegalArgumentException(
          "\""
              + AddressText.format(first)
              + "/"
              + prefixLength
              + "\" has bits beyond its prefix; use \""
              + AddressText.format(masked(bytes, prefixLength))
              + "/"
              + prefixLength
              + "\" for the range, or \""
              + AddressText.format(first)
              + "\" for the one address");
    }
  }

  /** Returns the range of one address. */
  public static AddressRange of(InetAddress address) {
    return new AddressRange(address, bits(address.getAddress()));
  }

  /**
   * Parses an address or a range: {@code 192.0.2.7}, {@code 192.0.2.0/24}, {@code 2001:db8::/32}.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static AddressRange parse(String text) {
    int slash = text.indexOf('/');
    Optional<InetAddress> address = AddressText.parse(slash < 0 ? text : text.substring(0, slash));
    if (address.isEmpty()) {
      throw new IllegalArgumentException(
          "\""
              + Arguments.shown(text)
              + "\" is not an address or a range; use a form such as 192.0.2.7, 192.0.2.0/24 or"
              + " 2001:db8::/32");
    }
    if (slash < 0) {
      return of(address.get());
    }
    String length = text.substring(slash + 1);
    if (!length.matches("0|[1-9][0-9]{0,2}")) {
      throw new IllegalArgumentException(
          "prefix length is \""
              + Arguments.shown(length)
              + "\"; it must be a number, as in 192.0.2.0/24");
    }
    return new AddressRange(address.get(), Integer.parseInt(length));
  }

  /** Returns whether the range has an address. An IPv4 range has no IPv6 address. */
  public boolean contains(InetAddress address) {
    return first.equals(masked(address.getAddress(), prefixLength));
  }

  /** Returns whether the range has all addresses of another one. */
  public boolean contains(AddressRange other) {
    return other.prefixLength >= prefixLength && contains(other.first);
  }

  /** Returns whether the range is a single address. */
  public boolean isSingle() {
    return prefixLength == bits(first.getAddress());
  }

  /** Returns the text form, which {@link #parse} reads. */
  @Override
  public String toString() {
    return AddressText.format(first) + (isSingle() ? "" : "/" + prefixLength);
  }

  private static int bits(byte[] address) {
    return address.length * Byte.SIZE;
  }

  private static InetAddress masked(byte[] address, int prefixLength) {
    byte[] masked = address.clone();
    for (int i = 0; i < masked.length; i++) {
      int kept = Math.max(0, Math.min(Byte.SIZE, prefixLength - i * Byte.SIZE));
      masked[i] &= (byte) (0xff00 >> kept);
    }
    return AddressText.of(masked);
  }
}
