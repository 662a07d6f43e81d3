package io.boxlite.internal.network.secret;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes values in DER (ITU-T X.690), as far as certificates need them. */
final class Der {
  private static final int BOOLEAN = 0x01;
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int UTF8_STRING = 0x0c;
  private static final int UTC_TIME = 0x17;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int CONTEXT = 0x80;
  private static final int CONSTRUCTED = 0x20;

  private static final DateTimeFormatter UTC =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private Der() {}

  static byte[] sequence(byte[]... values) {
    return value(SEQUENCE, values);
  }

  static byte[] set(byte[]... values) {
    return value(SET, values);
  }

  static byte[] truth() {
    return value(BOOLEAN, new byte[] {(byte) 0xff});
  }

  static byte[] integer(BigInteger number) {
    return value(INTEGER, number.toByteArray());
  }

  static byte[] integer(long number) {
    return integer(BigInteger.valueOf(number));
  }

  static byte[] octets(byte[] content) {
    return value(OCTET_STRING, content);
  }

  /** A string of bits, the last of which are not used. */
  static byte[] bits(int unused, byte... content) {
    return value(BIT_STRING, new byte[] {(byte) unused}, content);
  }

  static byte[] text(String text) {
    return value(UTF8_STRING, text.getBytes(UTF_8));
  }

  /** A time of the years 1950 to 2049. */
  static byte[] time(Instant time) {
    return value(UTC_TIME, UTC.format(time).getBytes(US_ASCII));
  }

  /** An object identifier in its dotted form, whose first two arcs are below 40. */
  static byte[] oid(String dotted) {
    String[] arcs = dotted.split("\\.");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(40 * Integer.parseInt(arcs[0]) + Integer.parseInt(arcs[1]));
    for (int i = 2; i < arcs.length; i++) {
      int arc = Integer.parseInt(arcs[i]);
      for (int shift = 28; shift > 0; shift -= 7) {
        if (arc >> shift > 0) {
          bytes.write(arc >> shift & 0x7f | 0x80);
        }
      }
      bytes.write(arc & 0x7f);
    }
    return value(OBJECT_IDENTIFIER, bytes.toByteArray());
  }

  /** A value with a tag around it. */
  static byte[] explicit(int tag, byte[] value) {
    return value(CONTEXT | CONSTRUCTED | tag, value);
  }

  /** Content with a tag instead of that of its type. */
  static byte[] implicit(int tag, byte[] content) {
    return value(CONTEXT | tag, content);
  }

  private static byte[] value(int tag, byte[]... contents) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : contents) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(tag);
    int length = content.size();
    if (length < 0x80) {
      whole.write(length);
    } else {
      byte[] digits = BigInteger.valueOf(length).toByteArray();
      int zero = digits[0] == 0 ? 1 : 0;
      whole.write(0x80 | digits.length - zero);
      whole.write(digits, zero, digits.length - zero);
    }
    whole.writeBytes(content.toByteArray());
    return whole.toByteArray();
  }
}
