package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;

/**
 * One end of a TCP connection that the engine passes on: a socket of the host, a stream to a guest,
 * or a user of the API. Two ends are coupled by {@link #couple}, and from then on what happens at
 * one end is done at the other.
 *
 * <p>Each end keeps only a limited amount of data that the other end has not passed on. Methods
 * never block, and any thread may call them. Calls of one thread take effect in their order. Calls
 * of several threads may not, even if one thread calls after the other.
 */
public interface StreamEnd {
  /** Starts to deliver what comes from this end to the other one. Called once. */
  void deliverTo(StreamEnd other);

  /** Passes data on. When that is done, {@link #consumed} of the other end is called. */
  void write(ByteString data);

  /** Passes on that no more data comes, after the data that was written before. */
  void end();

  /** Breaks the connection. Data that was not passed on may be lost. */
  void reset();

  /** The other end has passed on this many bytes that came from this end. */
  void consumed(int bytes);

  /** Couples two ends. */
  static void couple(StreamEnd one, StreamEnd other) {
    one.deliverTo(other);
    other.deliverTo(one);
  }
}
