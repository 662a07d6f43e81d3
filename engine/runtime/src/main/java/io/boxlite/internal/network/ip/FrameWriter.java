package io.boxlite.internal.network.ip;

import io.boxlite.internal.guest.ByteQueue;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import java.net.Inet4Address;
import java.net.InetAddress;

/** Makes frames for a guest, as the hypervisor takes them: with their length in front. */
final class FrameWriter {
  /** The number of bytes of the length in front of a frame. */
  static final int LENGTH_BYTES = 4;

  /** The guest's address and the engine's, both locally administered (IEEE 802, section 8.4). */
  private static final byte[] ADDRESSES = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};

  private static final int NO_OPTIONS = 0;
  private static final int HOP_LIMIT = 64;
  private static final int DO_NOT_FRAGMENT = 0x4000;
  private static final int TCP_CHECKSUM_AT = 16;
  private static final int ICMP_HEADER_BYTES = 8;
  static final int ICMPV4 = 1;
  private static final int ICMPV6 = 58;
  private static final int ICMPV4_DESTINATION_UNREACHABLE = 3;
  private static final int ICMPV6_DESTINATION_UNREACHABLE = 1;

  /** What an error quotes of a TCP header: the ports and the sequence number. */
  private static final int QUOTED_BYTES = 8;

  private final ByteBufAllocator allocator;

  FrameWriter(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /**
   * The TCP header of a segment for a guest.
   *
   * @param window the window field, scaled
   * @param options whole words
   */
  record Header(int sequence, int acknowledgment, int flags, int window, byte[] options) {
    Header(int sequence, int acknowledgment, int flags, int window) {
      this(sequence, acknowledgment, flags, window, new byte[NO_OPTIONS]);
    }
  }

  /** Makes a segment without data. */
  ByteBuf segment(Flow flow, Header header) {
    return segment(flow, header, new ByteQueue(), 0, 0);
  }

  /** Makes a segment with a part of the data of a buffer. */
  ByteBuf segment(Flow flow, Header header, ByteQueue data, int offset, int length) {
    int headerBytes = TcpSegment.HEADER_BYTES + header.options().length;
    ByteBuf frame = packet(flow, TcpSegment.PROTOCOL, headerBytes + length);
    int start = frame.writerIndex();
    frame.writeShort(flow.remotePort());
    frame.writeShort(flow.guestPort());
    frame.writeInt(header.sequence());
    frame.writeInt(header.acknowledgment());
    frame.writeByte(headerBytes / 4 << 4);
    frame.writeByte(header.flags());
    frame.writeShort(header.window());
    frame.writeInt(0); // checksum, urgent pointer
    frame.writeBytes(header.options());
    data.forEach(offset, length, frame::writeBytes);
    int checksum =
        new InternetChecksum()
            .addPseudoHeader(flow.remote(), flow.guest(), TcpSegment.PROTOCOL, headerBytes + length)
            .add(frame, start, headerBytes + length)
            .value();
    return frame.setShort(start + TCP_CHECKSUM_AT, checksum);
  }

  /**
   * Makes the ICMP message that a destination is unreachable.
   *
   * @param sequence the sequence number of the segment that it is about
   */
  ByteBuf unreachable(Flow flow, int sequence, Refusal refusal) {
    boolean ipv4 = flow.guest() instanceof Inet4Address;
    int quoted = (ipv4 ? IpPacket.IPV4_HEADER_BYTES : IpPacket.IPV6_HEADER_BYTES) + QUOTED_BYTES;
    int length = ICMP_HEADER_BYTES + quoted;
    int protocol = ipv4 ? ICMPV4 : ICMPV6;
    ByteBuf frame = packet(flow, protocol, length);
    int start = frame.writerIndex();
    frame.writeByte(ipv4 ? ICMPV4_DESTINATION_UNREACHABLE : ICMPV6_DESTINATION_UNREACHABLE);
    frame.writeByte(ipv4 ? refusal.icmpv4Code() : refusal.icmpv6Code());
    frame.writeShort(0); // checksum
    frame.writeInt(0);
    ipHeader(frame, flow.guest(), flow.remote(), TcpSegment.PROTOCOL, TcpSegment.HEADER_BYTES);
    frame.writeShort(flow.guestPort());
    frame.writeShort(flow.remotePort());
    frame.writeInt(sequence);
    InternetChecksum checksum = new InternetChecksum().add(frame, start, length);
    if (!ipv4) {
      checksum.addPseudoHeader(flow.remote(), flow.guest(), protocol, length);
    }
    return frame.setShort(start + 2, checksum.value());
  }

  /** Makes a frame up to its IP header, from the remote side to the guest. */
  private ByteBuf packet(Flow flow, int protocol, int payloadBytes) {
    boolean ipv4 = flow.guest() instanceof Inet4Address;
    int frameBytes =
        IpPacket.ETHERNET_HEADER_BYTES
            + (ipv4 ? IpPacket.IPV4_HEADER_BYTES : IpPacket.IPV6_HEADER_BYTES)
            + payloadBytes;
    ByteBuf frame = allocator.ioBuffer(LENGTH_BYTES + frameBytes);
    frame.writeInt(frameBytes);
    frame.writeBytes(ADDRESSES);
    frame.writeShort(ipv4 ? IpPacket.IPV4_TYPE : IpPacket.IPV6_TYPE);
    ipHeader(frame, flow.remote(), flow.guest(), protocol, payloadBytes);
    return frame;
  }

  private static void ipHeader(
      ByteBuf frame, InetAddress source, InetAddress destination, int protocol, int payloadBytes) {
    if (source instanceof Inet4Address) {
      int start = frame.writerIndex();
      frame.writeShort(0x4500); // version 4, five words, no special service
      frame.writeShort(IpPacket.IPV4_HEADER_BYTES + payloadBytes);
      frame.writeShort(0); // identification
      frame.writeShort(DO_NOT_FRAGMENT);
      frame.writeByte(HOP_LIMIT);
      frame.writeByte(protocol);
      frame.writeShort(0); // checksum
      frame.writeBytes(source.getAddress());
      frame.writeBytes(destination.getAddress());
      InternetChecksum checksum =
          new InternetChecksum().add(frame, start, IpPacket.IPV4_HEADER_BYTES);
      frame.setShort(start + 10, checksum.value());
    } else {
      frame.writeInt(0x6000_0000); // version 6, no traffic class, no flow label
      frame.writeShort(payloadBytes);
      frame.writeByte(protocol);
      frame.writeByte(HOP_LIMIT);
      frame.writeBytes(source.getAddress());
      frame.writeBytes(destination.getAddress());
    }
  }
}
