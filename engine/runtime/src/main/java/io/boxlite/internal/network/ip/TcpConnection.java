package io.boxlite.internal.network.ip;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.ByteQueue;
import io.boxlite.internal.guest.GuestConnectException;
import io.boxlite.internal.guest.StreamEnd;
import java.io.IOException;
import java.net.Inet4Address;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection with a program of a guest (RFC 9293).
 *
 * <p>Segments arrive in order and are rarely lost. A connection that both sides have ended is
 * forgotten at once: if the guest has not got the last acknowledgment, a reset ends its side as
 * well.
 *
 * <p>All its state belongs to the event loop of its stack.
 */
final class TcpConnection implements StreamEnd, TcpSender.Output {
  private static final int TCP_AND_IPV4_BYTES = 40;
  private static final int TCP_AND_IPV6_BYTES = 60;

  /** How often a segment that opens a connection is sent again: for about a minute. */
  private static final int MAX_OPENING_RETRIES = 8;

  /** As Linux has it (net.ipv4.tcp_retries2): for about two minutes here. */
  private static final int MAX_RETRIES = 15;

  private final TcpStack stack;
  private final Flow flow;
  private final TcpSender sender = new TcpSender(this);
  private final TcpReceiver receiver = new TcpReceiver();

  /** Completes when the connection has been opened, or cannot be. */
  private final CompletableFuture<StreamEnd> opened;

  private final Runnable closed;
  private State state;
  private @Nullable StreamEnd other;

  /** The guest may know of the connection. */
  private boolean synSent;

  /** Something is to be acknowledged that the link did not take. */
  private boolean acknowledgmentDue;

  private enum State {
    /** The engine connects. */
    SYN_SENT,
    /** The engine has accepted, and the guest does not know yet. */
    SYN_RECEIVED,
    OPEN,
    CLOSED
  }

  /** Creates a connection to a program of the guest. */
  TcpConnection(TcpStack stack, Flow flow, CompletableFuture<StreamEnd> opened) {
    this.stack = stack;
    this.flow = flow;
    this.opened = opened;
    closed = () -> {};
    state = State.SYN_SENT;
  }

  /** Creates a connection that a program of the guest has asked for. */
  TcpConnection(TcpStack stack, TcpAttempt attempt) {
    this.stack = stack;
    flow = attempt.syn().flow();
    opened = new CompletableFuture<>();
    closed = attempt::end;
    state = State.SYN_RECEIVED;
    synchronize(attempt.syn());
  }

  private void synchronize(TcpSegment syn) {
    sender.synchronize(syn, ownSegmentSize());
    receiver.synchronize(syn);
  }

  private int ownSegmentSize() {
    boolean ipv4 = flow.guest() instanceof Inet4Address;
    return EthernetLink.MTU - (ipv4 ? TCP_AND_IPV4_BYTES : TCP_AND_IPV6_BYTES);
  }

  Flow flow() {
    return flow;
  }

  /**
   * Sends the segment that opens the connection, or that accepts it.
   *
   * @param window how much may wait to be passed on, in bytes
   */
  void open(int window) {
    if (state != State.CLOSED) {
      receiver.setWindow(window);
      sendSyn();
      stack.waitsForGuest(this);
    }
  }

  private void sendSyn() {
    if (!stack.isWritable()) {
      stack.waitsForLink(this);
      return;
    }
    synSent = true;
    int segment = ownSegmentSize();
    boolean scales = receiver.isScaled();
    byte[] options = {
      TcpSegment.MAXIMUM_SEGMENT_SIZE_OPTION,
      4,
      (byte) (segment >> 8),
      (byte) segment,
      1, // no operation, so that the options are whole words
      (byte) (scales ? TcpSegment.WINDOW_SCALE_OPTION : 1),
      (byte) (scales ? 3 : 1),
      (byte) (scales ? TcpReceiver.WINDOW_SCALE : 1)
    };
    boolean opening = state == State.SYN_SENT;
    stack.send(
        stack
            .frames()
            .segment(
                flow,
                new FrameWriter.Header(
                    sender.initialSequence(),
                    opening ? 0 : receiver.next(),
                    opening ? TcpSegment.SYN : TcpSegment.SYN | TcpSegment.ACK,
                    receiver.initialWindowField(),
                    options)));
  }

  /** Takes a segment of the guest. */
  void receive(TcpSegment segment) {
    switch (state) {
      case SYN_SENT -> receiveAnswer(segment);
      case SYN_RECEIVED, OPEN -> receiveInSequence(segment);
      case CLOSED -> {}
    }
  }

  /** RFC 9293, section 3.10.7.3. */
  private void receiveAnswer(TcpSegment segment) {
    boolean acknowledges = segment.has(TcpSegment.ACK) && segment.acknowledgment() == sender.next();
    if (segment.has(TcpSegment.RST)) {
      if (acknowledges) {
        fail(GuestConnectException.refused());
      }
    } else if (!acknowledges) {
      stack.reset(segment);
    } else if (segment.has(TcpSegment.SYN)) {
      synchronize(segment);
      sender.opened();
      state = State.OPEN;
      acknowledge();
      if (!opened.complete(this)) {
        reset();
      }
    }
  }

  /** RFC 9293, section 3.10.7.4. */
  private void receiveInSequence(TcpSegment segment) {
    if (segment.has(TcpSegment.RST)) {
      // RFC 5961, section 3.2: one that is not exact may be forged.
      if (segment.sequence() == receiver.next()) {
        abandon();
      } else {
        stack.owes(this);
      }
      return;
    }
    if (segment.has(TcpSegment.SYN)) {
      if (state == State.SYN_RECEIVED && segment.sequence() + 1 == receiver.next()) {
        sendSyn(); // the guest has not got it
      } else {
        stack.owes(this);
      }
      return;
    }
    if (!segment.has(TcpSegment.ACK)) {
      return;
    }
    if (sender.isAhead(segment)) {
      stack.owes(this);
      return;
    }
    if (state == State.SYN_RECEIVED) {
      if (!synSent || sender.newlyAcknowledged(segment) <= 0) {
        return;
      }
      sender.opened();
      state = State.OPEN;
    }
    int taken = sender.acknowledge(segment);
    if (other != null && taken > 0) {
      other.consumed(taken);
    }
    if (state == State.OPEN) {
      takeData(segment);
      finishIfEnded();
    }
    transmit();
  }

  private void takeData(TcpSegment segment) {
    if (!receiver.receive(segment) || receiver.unacknowledged() >= 2 * sender.segmentSize()) {
      stack.owes(this);
    } else if (receiver.unacknowledged() > 0) {
      stack.owesSoon(this);
    }
  }

  @Override
  public void deliverTo(StreamEnd other) {
    stack.onLoop(
        () -> {
          this.other = other;
          receiver.deliverTo(other);
          if (state == State.CLOSED && !hasEnded()) {
            other.reset();
          } else if (receiver.hasEnded()) {
            other.end();
          }
        });
  }

  @Override
  public void write(ByteString data) {
    stack.onLoop(
        () -> {
          if (state != State.CLOSED) {
            sender.write(data);
            transmit();
          }
        });
  }

  @Override
  public void end() {
    stack.onLoop(
        () -> {
          sender.end();
          transmit();
        });
  }

  @Override
  public void reset() {
    stack.onLoop(
        () -> {
          // Otherwise a guest that reads nothing could make any number of resets wait.
          if (state == State.OPEN || state == State.SYN_RECEIVED && synSent) {
            sendSegment(sender.next(), TcpSegment.RST | TcpSegment.ACK);
          }
          finish();
        });
  }

  @Override
  public void consumed(int bytes) {
    stack.onLoop(
        () -> {
          if (receiver.consumed(bytes)) {
            acknowledge();
          }
        });
  }

  /** The link takes frames again. */
  void resume() {
    switch (state) {
      case SYN_SENT, SYN_RECEIVED -> sendSyn();
      case OPEN -> {
        sender.transmit();
        if (acknowledgmentDue) {
          acknowledge();
        }
        finishIfEnded();
      }
      case CLOSED -> {}
    }
  }

  private void transmit() {
    if (state == State.OPEN) {
      sender.transmit();
    }
  }

  /**
   * Counts a tick.
   *
   * @return whether the connection still waits for the guest
   */
  boolean tick() {
    switch (state) {
      case SYN_SENT, SYN_RECEIVED -> {
        if (sender.timer().hasExpired()) {
          if (sender.timer().unanswered() > MAX_OPENING_RETRIES) {
            fail(GuestConnectException.timedOut());
          } else {
            sendSyn();
          }
        }
        return state != State.CLOSED;
      }
      case OPEN -> {
        if (!sender.isWaiting()) {
          sender.timer().restart();
          return false;
        }
        sender.tick();
        if (sender.timer().unanswered() > MAX_RETRIES) {
          breakOff(); // the guest could leave any number behind
        }
        return true;
      }
      default -> {
        return false;
      }
    }
  }

  /** Acknowledges what was received, without data. */
  void acknowledge() {
    if (state != State.OPEN) {
      return;
    }
    if (stack.isWritable()) {
      sendSegment(sender.next(), TcpSegment.ACK);
    } else {
      // A guest could make any number due while it reads nothing.
      acknowledgmentDue = true;
      stack.waitsForLink(this);
    }
  }

  private void sendSegment(int sequence, int flags) {
    segment(sequence, flags, new ByteQueue(), 0, 0);
  }

  @Override
  public void segment(int sequence, int flags, ByteQueue data, int offset, int length) {
    int window = receiver.announce();
    stack.owesNothing(this);
    acknowledgmentDue = false;
    stack.send(
        stack
            .frames()
            .segment(
                flow,
                new FrameWriter.Header(sequence, receiver.next(), flags, window),
                data,
                offset,
                length));
  }

  @Override
  public boolean isWritable() {
    return stack.isWritable();
  }

  @Override
  public void waitForLink() {
    stack.waitsForLink(this);
  }

  @Override
  public void waitForGuest() {
    stack.waitsForGuest(this);
  }

  private boolean hasEnded() {
    return receiver.hasEnded() && sender.hasEnded();
  }

  private void finishIfEnded() {
    if (hasEnded()) {
      if (receiver.unacknowledged() > 0) {
        acknowledge();
      }
      if (!acknowledgmentDue) {
        finish();
      }
    }
  }

  private void fail(IOException failure) {
    opened.completeExceptionally(failure);
    abandon();
  }

  /** Breaks the connection for both sides. */
  void breakOff() {
    reset();
    if (other != null) {
      other.reset();
    }
  }

  /** Ends a connection that the guest has broken, or that has never begun. */
  void abandon() {
    if (state == State.CLOSED) {
      return;
    }
    finish();
    if (other != null) {
      other.reset();
    }
  }

  private void finish() {
    if (state != State.CLOSED) {
      state = State.CLOSED;
      sender.clear();
      stack.remove(this);
      opened.completeExceptionally(new IOException("the connection has ended"));
      closed.run();
    }
  }
}
