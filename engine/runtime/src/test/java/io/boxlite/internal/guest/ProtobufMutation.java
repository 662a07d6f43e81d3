package io.boxlite.internal.guest;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Changes the content of a protobuf message without knowing its type. */
final class ProtobufMutation {
  private static final int VARINT = 0;
  private static final int BYTES = 2;

  /** Negative as int or long, the ends of both ranges, and values beyond every enum's. */
  private static final long[] NUMBERS = {
    0,
    1,
    2,
    77,
    255,
    256,
    1L << 31,
    -1,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private final Random random;

  /** A field; its content is bytes, or a number. */
  private record Field(int number, int type, long value, byte[] content) {}

  ProtobufMutation(Random random) {
    this.random = random;
  }

  byte[] apply(byte[] message) {
    return apply(message, 0);
  }

  private byte[] apply(byte[] message, int depth) {
    List<Field> fields = new ArrayList<>(parse(message));
    if (fields.isEmpty() || random.nextInt(8) == 0) {
      fields.add(new Field(1 + random.nextInt(70), VARINT, number(), new byte[0]));
      return write(fields);
    }
    int at = random.nextInt(fields.size());
    Field field = fields.get(at);
    switch (random.nextInt(6)) {
      case 0 -> fields.remove(at);
      case 1 -> fields.add(random.nextInt(fields.size()), field);
      case 2 ->
          fields.set(at, new Field(1 + random.nextInt(70), field.type, field.value, field.content));
      default -> {
        if (field.type == VARINT) {
          fields.set(at, new Field(field.number, VARINT, number(), field.content));
        } else if (depth < 3 && random.nextInt(4) != 0) {
          fields.set(at, new Field(field.number, BYTES, 0, apply(field.content, depth + 1)));
        } else {
          byte[] content = new byte[random.nextInt(4) == 0 ? 100_000 : random.nextInt(40)];
          random.nextBytes(content); // not UTF-8, as a rule
          fields.set(at, new Field(field.number, BYTES, 0, content));
        }
      }
    }
    byte[] written = write(fields);
    if (random.nextInt(10) == 0 && written.length > 1) {
      written[1] = (byte) random.nextInt(); // as a rule, a length or a number that is too large
    }
    return written;
  }

  private long number() {
    return NUMBERS[random.nextInt(NUMBERS.length)];
  }

  /** Returns the fields; none if there are others than numbers and bytes. */
  private static List<Field> parse(byte[] message) {
    List<Field> fields = new ArrayList<>();
    var in = com.google.protobuf.CodedInputStream.newInstance(message);
    try {
      while (!in.isAtEnd()) {
        int tag = in.readTag();
        switch (tag & 7) {
          case VARINT ->
              fields.add(new Field(tag >>> 3, VARINT, in.readRawVarint64(), new byte[0]));
          case BYTES -> fields.add(new Field(tag >>> 3, BYTES, 0, in.readByteArray()));
          default -> {
            return List.of();
          }
        }
      }
      return fields;
    } catch (IOException e) {
      return List.of();
    }
  }

  private static byte[] write(List<Field> fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      for (Field field : fields) {
        out.writeTag(field.number, field.type);
        if (field.type == VARINT) {
          out.writeUInt64NoTag(field.value);
        } else {
          out.writeByteArrayNoTag(field.content);
        }
      }
      out.flush();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }
}
