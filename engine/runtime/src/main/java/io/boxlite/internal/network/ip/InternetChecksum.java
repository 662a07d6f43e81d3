package io.boxlite.internal.network.ip;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import java.net.InetAddress;

/** The Internet checksum (RFC 1071). */
final class InternetChecksum {
  private long sum;

  /** Adds a part of a buffer. Every part but the last one must have an even number of bytes. */
  InternetChecksum add(ByteBuf buffer, int start, int length) {
    int at = start;
    int end = start + length;
    long total = 0;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      // A word of 64 bits is the sum of its parts, because 2^16 is 1 in this arithmetic. Half a
      // word at a time cannot overflow: a packet is far shorter than 2^32 words.
      long word = buffer.getLong(at);
      total += (word >>> 32) + (word & 0xffff_ffffL);
    }
    for (; at + Short.BYTES <= end; at += Short.BYTES) {
      total += buffer.getUnsignedShort(at);
    }
    if (at < end) {
      total += buffer.getUnsignedByte(at) << 8;
    }
    sum += (total >>> 32) + (total & 0xffff_ffffL);
    return this;
  }

  /** Adds what stands for the IP header in a transport protocol's checksum (RFC 8200, 8.1). */
  InternetChecksum addPseudoHeader(
      InetAddress source, InetAddress destination, int protocol, int length) {
    sum += sum(source.getAddress()) + sum(destination.getAddress()) + protocol + length;
    return this;
  }

  private static long sum(byte[] octets) {
    long total = 0;
    for (int i = 0; i < octets.length; i += 2) {
      total += (octets[i] & 0xff) << 8 | octets[i + 1] & 0xff;
    }
    return total;
  }

  /** Returns the checksum, which is 0 for data that includes a right checksum. */
  int value() {
    long folded = sum;
    while (folded > 0xffff) {
      folded = (folded >>> 16) + (folded & 0xffff);
    }
    return (int) ~folded & 0xffff;
  }
}
