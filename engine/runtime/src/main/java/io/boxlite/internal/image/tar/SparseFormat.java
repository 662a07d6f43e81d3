package io.boxlite.internal.image.tar;

import io.boxlite.ImageIntegrityException;
import java.io.IOException;
import java.util.Objects;

/** The formats of the map of a sparse file (GNU tar manual, "Storing Sparse Files"). */
enum SparseFormat {
  /** The file is not sparse. */
  NONE,
  /** Type 'S': four regions in the header, more in blocks between the header and the data. */
  OLD_GNU,
  /** A pair of pax records for each region. */
  PAX_0_0,
  /** One pax record with all numbers, separated by commas. */
  PAX_0_1,
  /** Decimal numbers, one per line, in the first blocks of the data. */
  PAX_1;

  static SparseFormat of(TarHeader header, PaxRecords pax) {
    if (header.type() == 'S') {
      return OLD_GNU;
    }
    if (pax.text("GNU.sparse.major") != null) {
      return PAX_1;
    }
    if (pax.text("GNU.sparse.map") != null) {
      return PAX_0_1;
    }
    return pax.sparse0() != null ? PAX_0_0 : NONE;
  }

  long fileSize(TarHeader header, PaxRecords pax) {
    return switch (this) {
      case OLD_GNU -> header.size("sparse file size", header.number("sparse file size", 483, 12));
      case PAX_1 -> header.size("sparse file size", pax.number("GNU.sparse.realsize", -1));
      default -> header.size("sparse file size", pax.number("GNU.sparse.size", -1));
    };
  }

  SparseMap map(TarReader reader, TarHeader header, PaxRecords pax, long at) throws IOException {
    return switch (this) {
      case OLD_GNU -> oldGnu(reader, header, at);
      case PAX_1 -> pax1(reader, header, pax);
      case PAX_0_1 -> pax01(header, Objects.requireNonNull(pax.text("GNU.sparse.map")));
      default -> Objects.requireNonNull(pax.sparse0());
    };
  }

  private static SparseMap oldGnu(TarReader reader, TarHeader header, long at) throws IOException {
    SparseMap map = new SparseMap();
    addOldGnu(map, header, 386, 4);
    boolean extended = header.flag(482);
    while (extended) {
      TarHeader block = TarHeader.unchecked(reader.readMapBlock(false), at);
      addOldGnu(map, block, 0, 21);
      extended = block.flag(504);
    }
    return map;
  }

  private static void addOldGnu(SparseMap map, TarHeader block, int from, int regions) {
    for (int i = from; i < from + 24 * regions && block.flag(i); i += 24) {
      map.add(
          block.size("sparse offset", block.number("sparse offset", i, 12)),
          block.size("sparse length", block.number("sparse length", i + 12, 12)));
    }
  }

  private static SparseMap pax01(TarHeader header, String numbers) {
    SparseMap map = new SparseMap();
    int i = 0;
    while (i < numbers.length()) {
      int comma = numbers.indexOf(',', i);
      int second = comma < 0 ? numbers.length() : numbers.indexOf(',', comma + 1);
      int end = second < 0 ? numbers.length() : second;
      if (comma < 0) {
        throw header.corrupt("has a sparse map with an odd count of numbers");
      }
      map.add(
          decimal(header, numbers.substring(i, comma)),
          decimal(header, numbers.substring(comma + 1, end)));
      i = end + 1;
    }
    return map;
  }

  private static SparseMap pax1(TarReader reader, TarHeader header, PaxRecords pax)
      throws IOException {
    long major = pax.number("GNU.sparse.major", 0);
    long minor = pax.number("GNU.sparse.minor", 0);
    if (major != 1 || minor != 0) {
      throw header.corrupt(
          "is in GNU sparse format "
              + major
              + "."
              + minor
              + "; only versions up to 1.0 are supported");
    }
    SparseMap map = new SparseMap();
    Lines lines = new Lines(reader, header);
    for (long left = lines.next(); left > 0; left--) {
      map.add(lines.next(), lines.next());
    }
    return map;
  }

  private static long decimal(TarHeader header, String digits) {
    try {
      return header.size("sparse number", Long.parseLong(digits));
    } catch (NumberFormatException e) {
      throw header.corrupt(
          "has "
              + ByteString.display(digits)
              + " in its sparse map, which is not a decimal number");
    }
  }

  /** Reads the numbers of a map in format 1.0, which fills whole blocks. */
  private static final class Lines {
    private final TarReader reader;
    private final TarHeader header;
    private byte[] block = {};
    private int next;

    Lines(TarReader reader, TarHeader header) {
      this.reader = reader;
      this.header = header;
    }

    long next() throws IOException {
      StringBuilder digits = new StringBuilder();
      while (true) {
        if (next == block.length) {
          block = reader.readMapBlock(true);
          next = 0;
        }
        char c = (char) (block[next++] & 0xff);
        if (c == '\n') {
          return decimal(header, digits.toString());
        }
        if (digits.length() == 20) {
          throw new ImageIntegrityException("a number of the sparse map has more than 20 digits");
        }
        digits.append(c);
      }
    }
  }
}
