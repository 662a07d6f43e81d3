package io.boxlite.internal.guest;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A frame of HTTP/2 (RFC 9113, section 4.1) that a guest sends, or what a mutation made of it.
 *
 * @param bytes header and payload
 * @param afterSteps how many calls the host must have begun, and requests ended, both together
 */
record GuestFrame(byte[] bytes, int afterSteps) {
  static final int HEADER_BYTES = 9;
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  static final int ACK = 1;

  /** The prefix of a message of gRPC: whether it is compressed, and its length. */
  static final int PREFIX_BYTES = 5;

  static GuestFrame of(int type, int flags, int stream, int afterSteps, byte... payload) {
    return new GuestFrame(FloodingGuest.frame(type, flags, stream, payload), afterSteps);
  }

  int type() {
    return header()[3] & 0xff;
  }

  int flags() {
    return header()[4] & 0xff;
  }

  int stream() {
    return ByteBuffer.wrap(header()).getInt(5) & Integer.MAX_VALUE;
  }

  byte[] payload() {
    return Arrays.copyOfRange(bytes, Math.min(HEADER_BYTES, bytes.length), bytes.length);
  }

  /** Padded with zeros if it was cut. */
  private byte[] header() {
    return Arrays.copyOf(bytes, HEADER_BYTES);
  }

  GuestFrame withBytes(byte[] bytes) {
    return new GuestFrame(bytes, afterSteps);
  }

  /** With another payload, and the length to match. */
  GuestFrame withPayload(byte[] payload) {
    return of(type(), flags(), stream(), afterSteps, payload);
  }

  /** Splits data into frames of one message each. */
  List<GuestFrame> messages() {
    List<GuestFrame> messages = new ArrayList<>();
    byte[] payload = payload();
    int at = 0;
    while (payload.length - at >= PREFIX_BYTES) {
      int end = at + PREFIX_BYTES + ByteBuffer.wrap(payload).getInt(at + 1);
      if (end > payload.length) {
        throw new IllegalStateException("a message in several frames; record smaller ones");
      }
      int flags = end == payload.length ? flags() : 0;
      messages.add(of(DATA, flags, stream(), afterSteps, Arrays.copyOfRange(payload, at, end)));
      at = end;
    }
    return at == 0 ? List.of(this) : messages;
  }

  /** Takes all complete frames from the start of a buffer that is being filled. */
  static List<byte[]> take(ByteBuffer received) {
    List<byte[]> frames = new ArrayList<>();
    received.flip();
    while (received.remaining() >= HEADER_BYTES) {
      int length = HEADER_BYTES + (received.getInt(received.position()) >>> 8);
      if (received.remaining() < length) {
        break;
      }
      byte[] frame = new byte[length];
      received.get(frame);
      frames.add(frame);
    }
    received.compact();
    return frames;
  }
}
