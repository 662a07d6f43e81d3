package io.boxlite.internal.image.registry;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** From where an address can be reached; the further down, the fewer. */
enum Reach {
  /** From everywhere. */
  PUBLIC(""),
  /** From a network of one's own. */
  PRIVATE("which is in a private network"),
  /** From the same link, where clouds tell machines who they are. */
  LINK("which is on this machine's own link"),
  /** From this machine alone. */
  MACHINE("which is this machine itself");

  private final String words;

  Reach(String words) {
    this.words = words;
  }

  /** What to say of an address, to go on after a comma. */
  String words() {
    return words;
  }

  /** How far an address can be reached, whichever way it is written. */
  static Reach of(InetAddress address) {
    byte[] bytes = address.getAddress();
    byte[] v4 = bytes.length == 4 ? bytes : embedded(bytes);
    Reach reach = v4 == null ? ofV6(bytes) : ofV4(v4);
    return reach == MACHINE || isOfThisMachine(address) ? MACHINE : reach;
  }

  private static boolean isOfThisMachine(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  /** The IANA registry of special-purpose IPv4 addresses. */
  private static Reach ofV4(byte[] address) {
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

  private static Reach ofV6(byte[] address) {
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

  /** The IPv4 address that an IPv6 address stands for; null when it is one of its own. */
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

  /** Asks name servers. */
  interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }
}
