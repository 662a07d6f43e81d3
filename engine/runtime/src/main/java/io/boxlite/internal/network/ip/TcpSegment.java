package io.boxlite.internal.network.ip;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import java.net.Inet4Address;
import java.util.Optional;

/**
 * A TCP segment that a guest has sent (RFC 9293, section 3.1).
 *
 * @param flow the connection that it belongs to
 * @param sequence the number of its first byte
 * @param acknowledgment the number that the guest expects next; meaningful with {@link #ACK}
 * @param flags its control bits
 * @param window its window field, not scaled
 * @param maximumSegmentSize the option of this name; without it, or if it is less, what every host
 *     must take (RFC 9293, section 3.7.1)
 * @param windowScale the option of this name (RFC 7323, section 2.2); {@link #NO_SCALE} without it
 * @param payload its data; a part of the buffer that was read
 */
record TcpSegment(
    Flow flow,
    int sequence,
    int acknowledgment,
    int flags,
    int window,
    int maximumSegmentSize,
    int windowScale,
    ByteBuf payload) {
  static final int PROTOCOL = 6;
  static final int HEADER_BYTES = 20;

  static final int FIN = 0x01;
  static final int SYN = 0x02;
  static final int RST = 0x04;
  static final int PSH = 0x08;
  static final int ACK = 0x10;

  static final int MAXIMUM_SEGMENT_SIZE_OPTION = 2;
  static final int WINDOW_SCALE_OPTION = 3;
  static final int NO_SCALE = -1;

  /** RFC 7323, section 2.3. */
  private static final int MAX_SCALE = 14;

  private static final int END_OF_OPTIONS = 0;
  private static final int NO_OPERATION = 1;

  /** RFC 9293, section 3.7.1. */
  private static final int DEFAULT_SEGMENT_IPV4 = 536;

  private static final int DEFAULT_SEGMENT_IPV6 = 1220;

  /**
   * Reads a packet.
   *
   * <p>Its checksum is not verified: the frame came through the memory of this machine.
   *
   * @param packet a packet whose protocol is TCP
   * @return the segment; empty if it is malformed
   */
  static Optional<TcpSegment> parse(IpPacket packet) {
    ByteBuf bytes = packet.payload();
    int start = bytes.readerIndex();
    if (bytes.readableBytes() < HEADER_BYTES) {
      return Optional.empty();
    }
    int header = (bytes.getUnsignedByte(start + 12) >> 4) * 4;
    if (header < HEADER_BYTES || header > bytes.readableBytes()) {
      return Optional.empty();
    }
    Flow flow =
        new Flow(
            packet.source(),
            bytes.getUnsignedShort(start),
            packet.destination(),
            bytes.getUnsignedShort(start + 2));
    int segmentSize =
        packet.source() instanceof Inet4Address ? DEFAULT_SEGMENT_IPV4 : DEFAULT_SEGMENT_IPV6;
    int scale = NO_SCALE;
    int at = start + HEADER_BYTES;
    int end = start + header;
    while (at < end) {
      int kind = bytes.getUnsignedByte(at);
      if (kind == END_OF_OPTIONS) {
        break;
      }
      if (kind == NO_OPERATION) {
        at++;
        continue;
      }
      int length = at + 1 < end ? bytes.getUnsignedByte(at + 1) : 0;
      if (length < 2 || at + length > end) {
        return Optional.empty();
      }
      if (kind == MAXIMUM_SEGMENT_SIZE_OPTION && length == 4) {
        segmentSize = Math.max(segmentSize, bytes.getUnsignedShort(at + 2));
      } else if (kind == WINDOW_SCALE_OPTION && length == 3) {
        scale = Math.min(MAX_SCALE, bytes.getUnsignedByte(at + 2));
      }
      at += length;
    }
    return Optional.of(
        new TcpSegment(
            flow,
            bytes.getInt(start + 4),
            bytes.getInt(start + 8),
            bytes.getUnsignedByte(start + 13),
            bytes.getUnsignedShort(start + 14),
            segmentSize,
            scale,
            bytes.slice(end, bytes.readableBytes() - header)));
  }

  /** Returns the segment without its data. It can be kept when the buffer is released. */
  TcpSegment withoutPayload() {
    return new TcpSegment(
        flow,
        sequence,
        acknowledgment,
        flags,
        window,
        maximumSegmentSize,
        windowScale,
        Unpooled.EMPTY_BUFFER);
  }

  /** Returns whether it has a control bit. */
  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Returns whether it asks for a new connection. */
  boolean opens() {
    return (flags & (SYN | ACK | RST | FIN)) == SYN;
  }

  /** Returns how many sequence numbers it takes. */
  int length() {
    return payload.readableBytes() + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
  }
}
