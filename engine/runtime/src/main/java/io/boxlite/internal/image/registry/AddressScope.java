package io.boxlite.internal.image.registry;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The scope of an address, from the widest to the narrowest. */
enum AddressScope {
  /** Reachable from anywhere. */
  PUBLIC(""),
  /** Reachable from a private network. */
  PRIVATE("which is in a private network"),
  /** Reachable on the same link, where clouds provide credentials to machines. */
  LINK("which is a link-local address"),
  /** Reachable from this machine only. */
  MACHINE("which is this machine itself");

  private final String words;

  AddressScope(String words) {
    this.words = words;
  }

  /** Returns a description of the address, to follow a comma. */
  String words() {
    return words;
  }

  /** Returns the scope of an address, including an IPv4 address embedded in IPv6. */
  static AddressScope of(InetAddress address) {
    byte[] bytes = address.getAddress();
    byte[] v4 = bytes.length == 4 ? bytes : embedded(bytes);
    AddressScope scope = v4 == null ? ofV6(bytes) : ofV4(v4);
    return scope == MACHINE || isOfThisMachine(address) ? MACHINE : scope;
  }

  private static boolean isOfThisMachine(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  /** The IANA registry of special-purpose IPv4 addresses. */
  private static AddressScope ofV4(byte[] address) {
    int a = address[0] & 0xff;
    int b = address[1] & 0xff;
    int c = address[2] & 0xff;
    if (a == 0 || a == 127) {
      return MACHINE;
    }
    if (a == 169 && b == 254 || a >= 224) {
      return LINK;
    }
    boolean own =
        a == 10
            || a == 172 && b >= 16 && b < 32
            || a == 192 && b == 168
            || a == 192 && b == 0 && c == 0
            || a == 100 && b >= 64 && b < 128
            || a == 198 && (b == 18 || b == 19);
    return own ? PRIVATE : PUBLIC;
  }

  private static AddressScope ofV6(byte[] address) {
    int first = (address[0] & 0xff) << 8 | address[1] & 0xff;
    if (isZero(address, 0, 15) && (address[15] & 0xff) <= 1) {
      return MACHINE;
    }
    if ((first & 0xffc0) == 0xfe80 || (first & 0xff00) == 0xff00) {
      return LINK;
    }
    boolean own = (first & 0xfe00) == 0xfc00 || (first & 0xffc0) == 0xfec0;
    return own ? PRIVATE : PUBLIC;
  }

  /** Returns the IPv4 address embedded in an IPv6 address; null when there is none. */
  private static byte @Nullable [] embedded(byte[] address) {
    boolean mapped =
        isZero(address, 0, 10)
            && (address[10] == -1 && address[11] == -1 || isZero(address, 10, 12))
            && !isZero(address, 12, 15);
    // 64:ff9b::/96 and 64:ff9b:1::/48, by which IPv6 networks reach IPv4 (RFC 6052, RFC 8215).
    boolean translated =
        address[0] == 0 && address[1] == 0x64 && address[2] == -1 && (address[3] & 0xff) == 0x9b;
    if (mapped || translated) {
      return Arrays.copyOfRange(address, 12, 16);
    }
    // 6to4 (RFC 3056).
    return address[0] == 0x20 && address[1] == 2 ? Arrays.copyOfRange(address, 2, 6) : null;
  }

  private static boolean isZero(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Resolves host names. */
  interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }
}
