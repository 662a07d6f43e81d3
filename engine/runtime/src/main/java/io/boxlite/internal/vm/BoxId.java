package io.boxlite.internal.vm;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Names of boxes: 12 hexadecimal digits, unique among all that share a home directory. */
final class BoxId {
  private static final int BYTES = 6;
  private static final SecureRandom RANDOM = new SecureRandom();

  private BoxId() {}

  static String fresh() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
