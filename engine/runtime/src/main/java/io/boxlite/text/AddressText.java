package io.boxlite.text;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Internet addresses as text: {@code 192.0.2.7}, {@code 2001:db8::1} (RFC 5952). Never looks up a
 * name.
 */
public final class AddressText {
  private static final int GROUPS = 8;
  private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final Pattern HEXADECIMAL = Pattern.compile("[0-9A-Fa-f]{1,4}");

  private AddressText() {}

  /**
   * Parses an IPv4 address of four decimal numbers without leading zeros, or an IPv6 address
   * without a zone. An IPv4 address in IPv6 form ({@code ::ffff:192.0.2.7}) becomes an IPv4
   * address.
   *
   * @return the address; empty if the text is anything else, such as {@code 127.1}
   */
  public static Optional<InetAddress> parse(String text) {
    return (text.indexOf(':') >= 0 ? v6(text) : v4(text)).map(AddressText::of);
  }

  /** Formats an address, without its zone and without any name. */
  public static String format(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4 ? formatV4(bytes) : formatV6(bytes);
  }

  /** Formats an address and a port: {@code 192.0.2.7:80}, {@code [2001:db8::1]:80}. */
  public static String format(InetAddress address, int port) {
    String text = format(address);
    return (text.indexOf(':') >= 0 ? "[" + text + "]" : text) + ":" + port;
  }

  /** Returns the address of 4 or 16 bytes. */
  public static InetAddress of(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "address has " + bytes.length + " bytes; it must have 4 or 16", e);
    }
  }

  private static Optional<byte[]> v4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return Optional.empty();
    }
    byte[] bytes = new byte[4];
    for (int i = 0; i < 4; i++) {
      if (!DECIMAL.matcher(parts[i]).matches() || Integer.parseInt(parts[i]) > 255) {
        return Optional.empty();
      }
      bytes[i] = (byte) Integer.parseInt(parts[i]);
    }
    return Optional.of(bytes);
  }

  private static Optional<byte[]> v6(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      return groups(text).filter(bytes -> bytes.length == 2 * GROUPS);
    }
    if (text.indexOf("::", gap + 1) >= 0) {
      return Optional.empty();
    }
    String before = text.substring(0, gap);
    // An IPv4 address can only be at the end.
    Optional<byte[]> head = before.indexOf('.') < 0 ? groups(before) : Optional.empty();
    Optional<byte[]> tail = groups(text.substring(gap + 2));
    if (head.isEmpty() || tail.isEmpty()) {
      return Optional.empty();
    }
    int given = head.get().length + tail.get().length;
    if (given > 2 * (GROUPS - 1)) {
      return Optional.empty();
    }
    byte[] bytes = Arrays.copyOf(head.get(), 2 * GROUPS);
    System.arraycopy(tail.get(), 0, bytes, 2 * GROUPS - tail.get().length, tail.get().length);
    return Optional.of(bytes);
  }

  /** Reads groups of 16 bits, of which the last two may be written as an IPv4 address. */
  private static Optional<byte[]> groups(String text) {
    if (text.isEmpty()) {
      return Optional.of(new byte[0]);
    }
    String[] parts = text.split(":", -1);
    if (parts.length > GROUPS) {
      return Optional.empty();
    }
    byte[] bytes = new byte[0];
    for (int i = 0; i < parts.length; i++) {
      int end = bytes.length;
      Optional<byte[]> v4 = i == parts.length - 1 ? v4(parts[i]) : Optional.empty();
      if (v4.isPresent()) {
        bytes = Arrays.copyOf(bytes, end + 4);
        System.arraycopy(v4.get(), 0, bytes, end, 4);
      } else if (HEXADECIMAL.matcher(parts[i]).matches()) {
        int group = Integer.parseInt(parts[i], 16);
        bytes = Arrays.copyOf(bytes, end + 2);
        bytes[end] = (byte) (group >> 8);
        bytes[end + 1] = (byte) group;
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(bytes);
  }

  private static String formatV4(byte[] bytes) {
    return (bytes[0] & 0xff)
        + "."
        + (bytes[1] & 0xff)
        + "."
        + (bytes[2] & 0xff)
        + "."
        + (bytes[3] & 0xff);
  }

  /** RFC 5952, section 4: the longest run of at least two zero groups, the first one, is "::". */
  private static String formatV6(byte[] bytes) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
    }
    int gap = -1;
    int length = 1;
    for (int i = 0; i < GROUPS; i++) {
      int zeros = 0;
      while (i + zeros < GROUPS && groups[i + zeros] == 0) {
        zeros++;
      }
      if (zeros > length) {
        gap = i;
        length = zeros;
      }
      i += zeros;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == gap) {
        text.append("::");
        i += length - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
