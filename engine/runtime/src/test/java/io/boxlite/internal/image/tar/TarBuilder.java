package io.boxlite.internal.image.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Writes archives byte by byte, good ones and bad ones that no tool would write. */
public final class TarBuilder {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream pax = new ByteArrayOutputStream();
  private long uid;
  private long gid;
  private long mtime = 1_700_000_000L;

  /** The owner of the members that follow. */
  public TarBuilder owner(long uid, long gid) {
    this.uid = uid;
    this.gid = gid;
    return this;
  }

  /** A pax record for the next member; name and value as byte strings. */
  public TarBuilder pax(String key, String value) {
    record(pax, key, value);
    return this;
  }

  private static void record(ByteArrayOutputStream to, String key, String value) {
    int body = key.length() + value.length() + 3;
    int length = body + 1;
    while (String.valueOf(length).length() + body != length) {
      length = String.valueOf(length).length() + body;
    }
    to.writeBytes((length + " " + key + "=" + value + "\n").getBytes(ISO_8859_1));
  }

  /** A global pax header with one record. */
  public TarBuilder global(String key, String value) {
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    record(records, key, value);
    return raw(header("pax_global_header", 'g', 0644, records.size(), "")).data(records);
  }

  public TarBuilder file(String name, String content) {
    return file(name, content.getBytes(UTF_8));
  }

  public TarBuilder file(String name, byte[] content) {
    return member(name, '0', 0644, content.length, "").data(content);
  }

  public TarBuilder directory(String name) {
    return member(name, '5', 0755, 0, "");
  }

  public TarBuilder symlink(String name, String target) {
    return member(name, '2', 0777, 0, target);
  }

  public TarBuilder hardLink(String name, String target) {
    return member(name, '1', 0644, 0, target);
  }

  /** A member of any type, with its header only. */
  public TarBuilder member(String name, char type, int mode, long size, String link) {
    if (pax.size() > 0) {
      byte[] records = pax.toByteArray();
      pax.reset();
      raw(header("PaxHeaders/x", 'x', 0644, records.length, "")).data(records);
    }
    return raw(header(name, type, mode, size, link));
  }

  public TarBuilder data(ByteArrayOutputStream bytes) {
    return data(bytes.toByteArray());
  }

  /** Data, filled up to a whole block. */
  public TarBuilder data(byte[] bytes) {
    out.writeBytes(bytes);
    return raw(new byte[-bytes.length & 511]);
  }

  /** Bytes as they are. */
  public TarBuilder raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** A ustar header; names that do not fit are cut. */
  public byte[] header(String name, char type, int mode, long size, String link) {
    byte[] header = new byte[512];
    text(header, 0, 100, name);
    octal(header, 100, 8, mode);
    number(header, 108, 8, uid);
    number(header, 116, 8, gid);
    number(header, 124, 12, size);
    number(header, 136, 12, mtime);
    header[156] = (byte) type;
    text(header, 157, 100, link);
    text(header, 257, 8, "ustar\00000");
    return checked(header);
  }

  /** Sets the checksum. */
  public static byte[] checked(byte[] header) {
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    text(header, 148, 8, String.format("%06o\0 ", sum));
    return header;
  }

  public static void text(byte[] header, int offset, int length, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, header, offset, Math.min(length, bytes.length));
  }

  public static void octal(byte[] header, int offset, int length, long value) {
    text(header, offset, length, String.format("%0" + (length - 1) + "o", value));
  }

  /** Octal where it fits, else base 256. */
  public static void number(byte[] header, int offset, int length, long value) {
    if (value >= 0 && value < 1L << 3 * (length - 1)) {
      octal(header, offset, length, value);
      return;
    }
    for (int i = 0; i < length; i++) {
      int shift = 8 * (length - 1 - i);
      header[offset + i] = (byte) (shift >= 64 ? value >> 63 : value >> shift);
    }
    header[offset] = (byte) (header[offset] & 0x7f | 0x80);
    if (value < 0) {
      header[offset] = (byte) 0xff;
    }
  }

  /** The archive with its end marker. */
  public byte[] build() {
    byte[] archive = out.toByteArray();
    return Arrays.copyOf(archive, archive.length + 1024);
  }

  /** The archive without its end marker. */
  public byte[] buildWithoutEnd() {
    return out.toByteArray();
  }
}
