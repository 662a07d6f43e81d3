package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import io.boxlite.text.Sha256;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A SHA-256 digest (OCI image specification 1.1, descriptor.md, "Digests"). Images do not use the
 * other algorithms that the specification allows.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) {
  private static final Pattern SYNTAX = Pattern.compile("sha256:([0-9a-f]{64})");

  /**
   * Parses {@code sha256:…}.
   *
   * @param where the origin of the text, for the message
   */
  public static Digest parse(String text, String where) {
    var matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new ImageIntegrityException(
          where
              + " has the digest \""
              + text
              + "\"; it must be sha256: and 64 hexadecimal digits in lower case");
    }
    return new Digest(matcher.group(1));
  }

  /** Returns the digest of bytes. */
  public static Digest of(byte[] bytes) {
    return new Digest(Sha256.hex(bytes));
  }

  /** Returns the digest of the bytes that a computation was fed, and resets it. */
  public static Digest of(MessageDigest computation) {
    return new Digest(Sha256.hex(computation));
  }

  /** Returns the digest as 32 bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return "sha256:" + hex;
  }
}
