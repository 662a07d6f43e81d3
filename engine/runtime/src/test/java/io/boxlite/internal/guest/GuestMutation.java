package io.boxlite.internal.guest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** What a hostile guest makes of a recorded conversation. All of it follows from a seed. */
final class GuestMutation {
  private static final int[] FRAME_LENGTHS = {0, 1, 8, 16384, 16385, 1 << 20, (1 << 24) - 1};
  private static final int[] MESSAGE_LENGTHS = {
    0, 1, 4, 1 << 20, (1 << 20) + 1024, (1 << 20) + 1025, 1 << 30, Integer.MAX_VALUE, -1
  };
  private static final int MAX_FRAMES = 3000;
  private static final int LARGEST_FRAME = 16 << 10; // that HTTP/2 allows, unless agreed otherwise
  private static final String[] HEADER_NAMES = {
    "grpc-status",
    "grpc-message",
    "content-type",
    "grpc-encoding",
    ":status",
    "grpc-accept-encoding",
    "x"
  };
  private static final String[] HEADER_VALUES = {
    "0",
    "1",
    "3",
    "5",
    "8",
    "9",
    "13",
    "14",
    "16",
    "17",
    "-1",
    "99999999999",
    "gzip",
    "identity",
    "200",
    "404",
    "503",
    "100",
    "text/html",
    "application/grpc",
    "",
    "%00%1b[31m%zz%ff",
    "%e2%80%ae",
    "x".repeat(9000)
  };

  private final Random random;
  private final List<Consumer<List<GuestFrame>>> kinds =
      List.of(
          this::flipBits,
          this::garble,
          this::cut,
          this::duplicate,
          this::swap,
          this::drop,
          this::changeType,
          this::changeFlags,
          this::changeStream,
          this::changeLength,
          this::changeMessageLength,
          this::compress,
          this::garbleHeaders,
          this::otherHeaders,
          this::continueForever,
          this::goAway,
          this::reset,
          this::settings,
          this::window,
          this::flood,
          this::floodWithMessages,
          this::changeMessage,
          this::changeMessage,
          this::changeMessage);

  GuestMutation(Random random) {
    this.random = random;
  }

  List<GuestFrame> apply(List<GuestFrame> recorded) {
    List<GuestFrame> frames = new ArrayList<>(recorded);
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      kinds.get(random.nextInt(kinds.size())).accept(frames);
    }
    return frames;
  }

  private void flipBits(List<GuestFrame> frames) {
    change(
        frames,
        bytes -> {
          for (int i = 1 + random.nextInt(4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
          }
        });
  }

  private void garble(List<GuestFrame> frames) {
    change(
        frames,
        bytes -> {
          for (int i = GuestFrame.HEADER_BYTES; i < bytes.length; i++) {
            if (random.nextInt(6) == 0) {
              bytes[i] = (byte) random.nextInt();
            }
          }
        });
  }

  private void cut(List<GuestFrame> frames) {
    int at = any(frames);
    GuestFrame frame = frames.get(at);
    frames.subList(at, frames.size()).clear();
    int length = random.nextInt(frame.bytes().length + 1);
    frames.add(frame.withBytes(Arrays.copyOf(frame.bytes(), length)));
  }

  private void duplicate(List<GuestFrame> frames) {
    int at = any(frames);
    frames.addAll(at, Collections.nCopies(1 + random.nextInt(5), frames.get(at)));
  }

  private void swap(List<GuestFrame> frames) {
    Collections.swap(frames, any(frames), any(frames));
  }

  private void drop(List<GuestFrame> frames) {
    if (frames.size() > 1) {
      frames.remove(any(frames));
    }
  }

  private void changeType(List<GuestFrame> frames) {
    change(
        frames,
        bytes ->
            bytes[3] = (byte) (random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(11)));
  }

  private void changeFlags(List<GuestFrame> frames) {
    change(frames, bytes -> bytes[4] ^= (byte) (1 << random.nextInt(8)));
  }

  private void changeStream(List<GuestFrame> frames) {
    int[] streams = {0, 1, 2, 3, 5, 7, 9, 101, Integer.MAX_VALUE, -1};
    change(
        frames, bytes -> ByteBuffer.wrap(bytes).putInt(5, streams[random.nextInt(streams.length)]));
  }

  private void changeLength(List<GuestFrame> frames) {
    int at = any(frames);
    GuestFrame frame = frames.get(at);
    byte[] bytes = frame.bytes().clone();
    int length = FRAME_LENGTHS[random.nextInt(FRAME_LENGTHS.length)];
    ByteBuffer.wrap(bytes).putInt(0, length << 8 | frame.type());
    frames.set(at, frame.withBytes(bytes));
    if (random.nextBoolean()) { // with as many bytes as it promises
      byte[] junk = new byte[length];
      random.nextBytes(junk);
      frames.add(at + 1, frame.withBytes(junk));
    }
  }

  private void changeMessageLength(List<GuestFrame> frames) {
    int at = anyMessage(frames);
    int length = MESSAGE_LENGTHS[random.nextInt(MESSAGE_LENGTHS.length)];
    GuestFrame frame = frames.get(at);
    byte[] payload = frame.payload();
    if (payload.length < GuestFrame.PREFIX_BYTES) {
      return;
    }
    ByteBuffer.wrap(payload).putInt(1, length);
    frames.set(at, GuestFrame.of(GuestFrame.DATA, 0, frame.stream(), frame.afterSteps(), payload));
    if (random.nextBoolean()) {
      GuestFrame more =
          GuestFrame.of(
              GuestFrame.DATA, 0, frame.stream(), frame.afterSteps(), new byte[LARGEST_FRAME]);
      frames.addAll(at + 1, Collections.nCopies(random.nextInt(200), more));
    }
  }

  private void compress(List<GuestFrame> frames) {
    int at = anyMessage(frames);
    byte[] payload = frames.get(at).payload();
    if (payload.length > 0) {
      payload[0] = (byte) (random.nextBoolean() ? 1 : random.nextInt());
      frames.set(at, frames.get(at).withPayload(payload));
    }
  }

  private void garbleHeaders(List<GuestFrame> frames) {
    byte[] block = new byte[random.nextInt(300)];
    random.nextBytes(block);
    insert(frames, GuestFrame.HEADERS, GuestFrame.END_HEADERS | random.nextInt(2), block);
  }

  private void otherHeaders(List<GuestFrame> frames) {
    ByteBuffer block = ByteBuffer.allocate(LARGEST_FRAME * 4);
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      block.put((byte) 0); // a literal without indexing, RFC 7541, section 6.2.2
      literal(block, HEADER_NAMES[random.nextInt(HEADER_NAMES.length)]);
      literal(block, HEADER_VALUES[random.nextInt(HEADER_VALUES.length)]);
    }
    byte[] bytes = Arrays.copyOf(block.array(), Math.min(block.position(), LARGEST_FRAME));
    insert(frames, GuestFrame.HEADERS, GuestFrame.END_HEADERS | random.nextInt(2), bytes);
  }

  /** Writes a string as in RFC 7541, section 5.2. */
  private static void literal(ByteBuffer block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int length = bytes.length;
    if (length < 127) {
      block.put((byte) length);
    } else {
      block.put((byte) 127);
      for (length -= 127; length >= 128; length >>>= 7) {
        block.put((byte) (length | 128));
      }
      block.put((byte) length);
    }
    block.put(bytes);
  }

  private void continueForever(List<GuestFrame> frames) {
    int at = any(frames);
    int stream = someStream(frames.get(at));
    int after = frames.get(at).afterSteps();
    byte[] block = new byte[random.nextBoolean() ? 0 : random.nextInt(1000)];
    List<GuestFrame> all = new ArrayList<>();
    all.add(GuestFrame.of(GuestFrame.HEADERS, 0, stream, after, block));
    all.addAll(
        Collections.nCopies(
            random.nextInt(MAX_FRAMES),
            GuestFrame.of(GuestFrame.CONTINUATION, 0, stream, after, block)));
    frames.addAll(at, all);
  }

  private void goAway(List<GuestFrame> frames) {
    byte[] payload = new byte[8 + random.nextInt(2000)];
    ByteBuffer.wrap(payload).putInt(random.nextInt(8)).putInt(random.nextInt(16));
    frames.add(any(frames), GuestFrame.of(GuestFrame.GOAWAY, 0, 0, 0, payload));
  }

  private void reset(List<GuestFrame> frames) {
    insert(frames, GuestFrame.RST_STREAM, 0, new byte[] {0, 0, 0, (byte) random.nextInt(16)});
  }

  private void settings(List<GuestFrame> frames) {
    int[] values = {0, 1, 100, 16384, 1 << 24, Integer.MAX_VALUE, -1};
    byte[] payload = new byte[6 * (1 + random.nextInt(3))];
    for (ByteBuffer out = ByteBuffer.wrap(payload); out.hasRemaining(); ) {
      out.putShort((short) random.nextInt(10)).putInt(values[random.nextInt(values.length)]);
    }
    frames.add(any(frames), GuestFrame.of(GuestFrame.SETTINGS, 0, 0, 0, payload));
  }

  private void window(List<GuestFrame> frames) {
    int size = random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(3);
    byte[] payload = ByteBuffer.allocate(4).putInt(size).array();
    insert(frames, GuestFrame.WINDOW_UPDATE, 0, payload);
  }

  /** Repeats one frame of any type often. */
  private void flood(List<GuestFrame> frames) {
    byte[] payload =
        new byte[random.nextInt(4) == 0 ? random.nextInt(LARGEST_FRAME) : random.nextInt(10)];
    random.nextBytes(payload);
    int at = any(frames);
    int stream = random.nextInt(3) == 0 ? 0 : someStream(frames.get(at));
    int flags = random.nextInt(4) == 0 ? random.nextInt() : 0;
    GuestFrame frame =
        GuestFrame.of(random.nextInt(11), flags, stream, frames.get(at).afterSteps(), payload);
    frames.addAll(at, Collections.nCopies(random.nextInt(MAX_FRAMES), frame));
  }

  /** Repeats a message of a call often, which its reader has to end. */
  private void floodWithMessages(List<GuestFrame> frames) {
    int at = anyMessage(frames);
    GuestFrame frame = frames.get(at);
    GuestFrame more =
        GuestFrame.of(GuestFrame.DATA, 0, frame.stream(), frame.afterSteps(), frame.payload());
    frames.addAll(at, Collections.nCopies(random.nextInt(MAX_FRAMES), more));
  }

  private void changeMessage(List<GuestFrame> frames) {
    int at = anyMessage(frames);
    GuestFrame frame = frames.get(at);
    byte[] payload = frame.payload();
    if (frame.type() != GuestFrame.DATA || payload.length < GuestFrame.PREFIX_BYTES) {
      return;
    }
    byte[] message =
        new ProtobufMutation(random)
            .apply(Arrays.copyOfRange(payload, GuestFrame.PREFIX_BYTES, payload.length));
    ByteBuffer whole = ByteBuffer.allocate(GuestFrame.PREFIX_BYTES + message.length);
    whole.put((byte) 0).putInt(message.length).put(message).flip();
    frames.remove(at);
    while (whole.hasRemaining()) {
      byte[] part = new byte[Math.min(whole.remaining(), LARGEST_FRAME)];
      whole.get(part);
      int flags = whole.hasRemaining() ? 0 : frame.flags();
      frames.add(
          at++, GuestFrame.of(GuestFrame.DATA, flags, frame.stream(), frame.afterSteps(), part));
    }
  }

  private void insert(List<GuestFrame> frames, int type, int flags, byte[] payload) {
    int at = any(frames);
    GuestFrame next = frames.get(at);
    frames.add(at, GuestFrame.of(type, flags, someStream(next), next.afterSteps(), payload));
  }

  private void change(List<GuestFrame> frames, Consumer<byte[]> change) {
    int at = any(frames);
    byte[] bytes = frames.get(at).bytes().clone();
    if (bytes.length >= GuestFrame.HEADER_BYTES) {
      change.accept(bytes);
    }
    frames.set(at, frames.get(at).withBytes(bytes));
  }

  private int any(List<GuestFrame> frames) {
    return random.nextInt(frames.size());
  }

  private int anyMessage(List<GuestFrame> frames) {
    int start = any(frames);
    for (int i = 0; i < frames.size(); i++) {
      int at = (start + i) % frames.size();
      GuestFrame frame = frames.get(at);
      if (frame.bytes().length > GuestFrame.HEADER_BYTES && frame.type() == GuestFrame.DATA) {
        return at;
      }
    }
    return start;
  }

  /** Returns mostly the frame's own stream: a frame of one that is not open ends the connection. */
  private int someStream(GuestFrame frame) {
    return random.nextInt(10) == 0 ? random.nextInt(20) : frame.stream();
  }
}
