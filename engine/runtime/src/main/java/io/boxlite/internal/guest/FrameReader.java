package io.boxlite.internal.guest;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Parses HTTP/2 frames (RFC 9113, section 4.1) as they arrive, passes them on, and counts what they
 * cost the host. Removes the responses to its own pings and rejects other ones: gRPC, which sends
 * no ping here, would log each of them.
 */
final class FrameReader {
  /** A frame of type 6 (section 6.7) with the payload "boxlite!". */
  static final byte[] PING = {0, 0, 8, 6, 0, 0, 0, 0, 0, 'b', 'o', 'x', 'l', 'i', 't', 'e', '!'};

  private static final int HEADER_BYTES = 9;
  private static final int DATA = 0;

  /** DATA, HEADERS, RST_STREAM, WINDOW_UPDATE and CONTINUATION (section 6). */
  private static final Set<Integer> OF_CALLS = Set.of(DATA, 1, 3, 8, 9);

  /** A well-behaved guest sends only a handful of others. Most of them cause work or a response. */
  private static final int COST_OF_OTHERS = 100;

  private static final int PING_TYPE = 6;
  private static final int ACK = 1;

  /** The length of a discarded frame costs as well. */
  private static final int BYTES_PER_FRAME = 256;

  private final IntPredicate isOpen;
  private ByteBuf held = Unpooled.EMPTY_BUFFER; // the incomplete start of a frame
  private int payloadLeft;
  private long cost;
  private int frames;
  private boolean pongExpected;

  FrameReader(IntPredicate isOpen) {
    this.isOpen = isOpen;
  }

  /**
   * Records that a ping is being sent. Returns false if the last one is still unanswered, in which
   * case none is needed.
   */
  boolean expectPong() {
    boolean first = !pongExpected;
    pongExpected = true;
    return first;
  }

  /** Returns how many frames were read since the last call. */
  int takeFrames() {
    int taken = frames;
    frames = 0;
    return taken;
  }

  /** Returns the cost of what was read since the last call, in frames. */
  long takeCost() {
    long taken = cost;
    cost = 0;
    return taken;
  }

  /**
   * Processes the next bytes.
   *
   * @param received is released here
   * @param next receives the bytes that are passed on, and releases them
   * @return the violation by the guest; null if there is none
   */
  @Nullable String read(ByteBuf received, Consumer<ByteBuf> next) {
    ByteBuf bytes = received;
    if (held.isReadable()) {
      bytes = Unpooled.wrappedBuffer(held, received);
      held = Unpooled.EMPTY_BUFFER;
    }
    try {
      return split(bytes, next);
    } finally {
      bytes.release();
    }
  }

  private @Nullable String split(ByteBuf bytes, Consumer<ByteBuf> next) {
    int end = bytes.writerIndex();
    int passed = bytes.readerIndex(); // everything before it was passed on or removed
    int at = passed;
    while (true) {
      int part = Math.min(payloadLeft, end - at);
      at += part;
      payloadLeft -= part;
      if (end - at < HEADER_BYTES) {
        break;
      }
      if (isPong(bytes, at)) {
        if (end - at < PING.length) {
          break;
        }
        if (!isOurPong(bytes, at)) {
          return "acknowledges a ping that was not sent";
        }
        pass(bytes, passed, at, next);
        pongExpected = false;
        at += PING.length;
        passed = at;
        continue;
      }
      frames++;
      charge(bytes, at);
      payloadLeft = bytes.getUnsignedMedium(at);
      at += HEADER_BYTES;
    }
    pass(bytes, passed, at, next);
    // Copied, so that a few bytes do not keep the whole buffer alive.
    held = at < end ? Unpooled.copiedBuffer(bytes.slice(at, end - at)) : Unpooled.EMPTY_BUFFER;
    return null;
  }

  private static void pass(ByteBuf bytes, int from, int to, Consumer<ByteBuf> next) {
    if (to > from) {
      next.accept(bytes.retainedSlice(from, to - from));
    }
  }

  private static boolean isPong(ByteBuf bytes, int at) {
    return bytes.getByte(at + 3) == PING_TYPE && (bytes.getByte(at + 4) & ACK) != 0;
  }

  private boolean isOurPong(ByteBuf bytes, int at) {
    boolean ours = pongExpected && bytes.getUnsignedMedium(at) == PING.length - HEADER_BYTES;
    for (int i = HEADER_BYTES; i < PING.length && ours; i++) {
      ours = bytes.getByte(at + i) == PING[i];
    }
    return ours;
  }

  /**
   * The reader of a running call applies back pressure to its data, so the data costs nothing here.
   */
  private void charge(ByteBuf bytes, int at) {
    int length = bytes.getUnsignedMedium(at);
    int stream = bytes.getInt(at + 5) & Integer.MAX_VALUE;
    boolean wanted = bytes.getByte(at + 3) == DATA && length > 0 && isOpen.test(stream);
    if (!wanted) {
      int type = bytes.getUnsignedByte(at + 3);
      cost += (OF_CALLS.contains(type) ? 1 : COST_OF_OTHERS) + length / BYTES_PER_FRAME;
    }
  }

  /** Releases what is held. */
  void release() {
    held.release();
    held = Unpooled.EMPTY_BUFFER;
  }
}
