package io.boxlite.internal.network.ip;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;

/** Frames as a guest sends them, with their length in front. */
final class Frames {
  private static final FrameWriter WRITER =
      new FrameWriter(new UnpooledByteBufAllocator(false, true));
  private static final int SEGMENT_SIZE = 1460;
  private static final int WINDOW = 0xffff;

  private Frames() {}

  /** A segment that opens a connection of a guest. */
  static ByteBuf syn(Flow flow, int sequence) {
    return syn(flow, sequence, SEGMENT_SIZE);
  }

  /** A segment that opens a connection of a guest, with a maximum segment size. */
  static ByteBuf syn(Flow flow, int sequence, int segmentSize) {
    byte[] options = {
      TcpSegment.MAXIMUM_SEGMENT_SIZE_OPTION, 4, (byte) (segmentSize >> 8), (byte) segmentSize
    };
    return WRITER.segment(
        reversed(flow), new FrameWriter.Header(sequence, 0, TcpSegment.SYN, WINDOW, options));
  }

  /** Another segment of a guest. */
  static ByteBuf segment(Flow flow, int sequence, int acknowledgment, int flags) {
    return windowed(flow, sequence, acknowledgment, flags, WINDOW);
  }

  /** Another segment of a guest, with a window field. */
  static ByteBuf windowed(Flow flow, int sequence, int acknowledgment, int flags, int window) {
    return WRITER.segment(
        reversed(flow), new FrameWriter.Header(sequence, acknowledgment, flags, window));
  }

  /** The writer makes frames for a guest; these are from one. */
  private static Flow reversed(Flow flow) {
    return new Flow(flow.remote(), flow.remotePort(), flow.guest(), flow.guestPort());
  }

  /** Returns 0 if the checksum of what a packet carries is right. */
  static int checksum(IpPacket packet) {
    ByteBuf payload = packet.payload();
    InternetChecksum checksum =
        new InternetChecksum().add(payload, payload.readerIndex(), payload.readableBytes());
    return packet.protocol() == 1 // ICMP over IPv4 has no pseudo header
        ? checksum.value()
        : checksum
            .addPseudoHeader(
                packet.source(), packet.destination(), packet.protocol(), payload.readableBytes())
            .value();
  }
}
