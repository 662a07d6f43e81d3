package io.boxlite.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import org.junit.jupiter.api.Test;

class Sha256Test {
  /** From NIST's examples for FIPS 180-4. */
  private static final String OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void isTheSameForTextBytesAndPieces() {
    MessageDigest pieces = Sha256.start();
    pieces.update("a".getBytes(UTF_8));
    pieces.update("bc".getBytes(UTF_8));
    assertThat(Sha256.hex(pieces)).isEqualTo(OF_ABC);
    assertThat(Sha256.hex("abc".getBytes(UTF_8))).isEqualTo(OF_ABC);
    assertThat(Sha256.hex("abc")).isEqualTo(OF_ABC);
  }
}
