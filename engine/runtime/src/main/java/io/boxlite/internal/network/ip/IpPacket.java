package io.boxlite.internal.network.ip;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * A packet that a guest has sent, over IPv4 (RFC 791) or IPv6 (RFC 8200).
 *
 * @param source the address that it is from
 * @param destination the address that it is for
 * @param protocol what it carries, by its IANA number
 * @param payload what follows the IP header; a part of the buffer that was read
 */
record IpPacket(InetAddress source, InetAddress destination, int protocol, ByteBuf payload) {
  static final int ETHERNET_HEADER_BYTES = 14;
  static final int IPV4_TYPE = 0x0800;
  static final int IPV6_TYPE = 0x86dd;
  static final int IPV4_HEADER_BYTES = 20;
  static final int IPV6_HEADER_BYTES = 40;

  private static final int ETHERNET_TYPE_AT = 12;
  private static final int IPV4_OCTETS = 4;
  private static final int IPV6_OCTETS = 16;

  /** "More fragments", and the offset of a fragment. */
  private static final int FRAGMENT = 0x3fff;

  /**
   * Reads an Ethernet frame.
   *
   * @return the packet in it; empty if it has none, or a fragment, or an IPv6 packet with extension
   *     headers, which Linux does not send for TCP
   */
  static Optional<IpPacket> parse(ByteBuf frame) {
    if (frame.readableBytes() < ETHERNET_HEADER_BYTES) {
      return Optional.empty();
    }
    int type = frame.getUnsignedShort(frame.readerIndex() + ETHERNET_TYPE_AT);
    int start = frame.readerIndex() + ETHERNET_HEADER_BYTES;
    int length = frame.readableBytes() - ETHERNET_HEADER_BYTES;
    return switch (type) {
      case IPV4_TYPE -> ipv4(frame, start, length);
      case IPV6_TYPE -> ipv6(frame, start, length);
      default -> Optional.empty();
    };
  }

  private static Optional<IpPacket> ipv4(ByteBuf frame, int start, int available) {
    if (available < IPV4_HEADER_BYTES || frame.getUnsignedByte(start) >> 4 != 4) {
      return Optional.empty();
    }
    int header = (frame.getUnsignedByte(start) & 0x0f) * 4;
    int total = frame.getUnsignedShort(start + 2);
    boolean fragment = (frame.getUnsignedShort(start + 6) & FRAGMENT) != 0;
    if (header < IPV4_HEADER_BYTES || total < header || total > available || fragment) {
      return Optional.empty();
    }
    return Optional.of(
        new IpPacket(
            address(frame, start + 12, IPV4_OCTETS),
            address(frame, start + 16, IPV4_OCTETS),
            frame.getUnsignedByte(start + 9),
            frame.slice(start + header, total - header)));
  }

  private static Optional<IpPacket> ipv6(ByteBuf frame, int start, int available) {
    if (available < IPV6_HEADER_BYTES || frame.getUnsignedByte(start) >> 4 != 6) {
      return Optional.empty();
    }
    int length = frame.getUnsignedShort(start + 4);
    if (length > available - IPV6_HEADER_BYTES) {
      return Optional.empty();
    }
    InetAddress source = address(frame, start + 8, IPV6_OCTETS);
    InetAddress destination = address(frame, start + 24, IPV6_OCTETS);
    // The JDK makes an IPv4 address of one that is mapped (RFC 4291, section 2.5.5.2). No packet
    // has such an address, and an answer to it would be no IPv6 packet.
    if (source instanceof Inet4Address || destination instanceof Inet4Address) {
      return Optional.empty();
    }
    return Optional.of(
        new IpPacket(
            source,
            destination,
            frame.getUnsignedByte(start + 6),
            frame.slice(start + IPV6_HEADER_BYTES, length)));
  }

  private static InetAddress address(ByteBuf frame, int at, int length) {
    byte[] octets = new byte[length];
    frame.getBytes(at, octets);
    try {
      return InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of " + length + " bytes", e);
    }
  }
}
