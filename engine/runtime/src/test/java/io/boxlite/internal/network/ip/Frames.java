package io.boxlite.internal.network.ip;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;

/** Frames as a guest sends them, with their length in front. */
final class Frames {
  private static final FrameWriter WRITER =
      new FrameWriter(new UnpooledByteBufAllocator(false, true));
  private static final byte[] SEGMENT_SIZE = {2, 4, 5, (byte) 0xb4};

  private Frames() {}

  /** A segment that opens a connection of a guest. */
  static ByteBuf syn(Flow flow, int sequence) {
    return WRITER.segment(
        reversed(flow), new FrameWriter.Header(sequence, 0, TcpSegment.SYN, 0xffff, SEGMENT_SIZE));
  }

  /** Another segment of a guest. */
  static ByteBuf segment(Flow flow, int sequence, int acknowledgment, int flags) {
    return WRITER.segment(
        reversed(flow), new FrameWriter.Header(sequence, acknowledgment, flags, 0xffff));
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
