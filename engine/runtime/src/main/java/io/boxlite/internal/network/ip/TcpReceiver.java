package io.boxlite.internal.network.ip;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.ByteQueue;
import io.boxlite.internal.guest.StreamEnd;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The half of a connection that comes from the guest: it passes data on in order, and knows what to
 * acknowledge. What arrives out of order is dropped, as the guest sends it again.
 */
final class TcpReceiver {
  /** By which the window field of the engine's segments is scaled, in bits. */
  static final int WINDOW_SCALE = 4;

  private static final int MAX_WINDOW_FIELD = 0xffff;

  private @Nullable StreamEnd other;
  private final ByteQueue early = new ByteQueue(); // what came before there was a taker
  private int window;
  private int scale = WINDOW_SCALE;
  private int next; // RCV.NXT of RFC 9293, section 3.3.1
  private int acknowledged;
  private int announcedEdge;
  private int unconsumed;
  private boolean ended;

  /** Limits how much may wait to be passed on, in bytes. To be set before anything is sent. */
  void setWindow(int window) {
    this.window = window;
  }

  /** Takes what the guest's first segment says. */
  void synchronize(TcpSegment syn) {
    next = syn.sequence() + 1;
    acknowledged = next;
    announcedEdge = next;
    scale = syn.windowScale() == TcpSegment.NO_SCALE ? 0 : WINDOW_SCALE;
  }

  /** Returns whether window fields are scaled, as far as is known. */
  boolean isScaled() {
    return scale > 0;
  }

  /** Returns the sequence number of what is expected. */
  int next() {
    return next;
  }

  /** Returns the window field of a segment that opens the connection: it is not scaled. */
  int initialWindowField() {
    return Math.min(MAX_WINDOW_FIELD, window);
  }

  /** Returns the window field of a segment that is sent now, and acknowledges what was received. */
  int announce() {
    int field = Math.min((window - unconsumed) >> scale, MAX_WINDOW_FIELD);
    announcedEdge = next + (field << scale);
    acknowledged = next;
    return field;
  }

  /** Returns how much was received that no segment has acknowledged. */
  int unacknowledged() {
    return next - acknowledged;
  }

  /** Returns whether the guest has ended its direction. */
  boolean hasEnded() {
    return ended;
  }

  /**
   * Takes the data of a segment, and passes it on.
   *
   * @return whether it was taken entirely; otherwise the guest is to be told what is expected
   */
  boolean receive(TcpSegment segment) {
    ByteBuf payload = segment.payload();
    int length = payload.readableBytes();
    int known = next - segment.sequence();
    boolean end = segment.has(TcpSegment.FIN);
    if (length == 0 && !end) {
      return known == 0; // otherwise the guest asks whether the connection is alive
    }
    if (known < 0 || known > length || ended) {
      return false;
    }
    int taken = Math.min(length - known, window - unconsumed);
    boolean entirely = known + taken == length;
    if (taken > 0) {
      next += taken;
      unconsumed += taken;
      pass(ByteString.copyFrom(payload.nioBuffer(payload.readerIndex() + known, taken)));
    }
    if (end && entirely) {
      next++;
      ended = true;
      if (other != null) {
        other.end();
      }
    }
    return known == 0 && entirely;
  }

  private void pass(ByteString data) {
    if (other != null) {
      other.write(data);
    } else {
      early.add(data);
    }
  }

  /** Passes on what has come so far, and what comes. */
  void deliverTo(StreamEnd other) {
    this.other = other;
    if (!early.isEmpty()) {
      other.write(early.takeAll());
    }
  }

  /**
   * Some of what was passed on waits no longer.
   *
   * @return whether the guest is to be told that there is room: not for each piece (RFC 9293,
   *     section 3.8.6.2.2), but before it has to wait
   */
  boolean consumed(int bytes) {
    unconsumed -= bytes;
    int more = next + window - unconsumed - announcedEdge;
    return !ended && more >= window / 2;
  }
}
