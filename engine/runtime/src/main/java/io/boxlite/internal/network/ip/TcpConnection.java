package io.boxlite.internal.network.ip;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.GuestConnectException;
import io.boxlite.internal.guest.StreamEnd;
import java.io.IOException;
import java.net.Inet4Address;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection with a program of a guest (RFC 9293).
 *
 * <p>Segments arrive in order and are rarely lost, so what is out of order is dropped and sent
 * again. A connection that both sides have ended is forgotten at once: if the guest has not got the
 * last acknowledgment, a reset ends its side as well.
 *
 * <p>All its state belongs to the event loop of its stack.
 */
final class TcpConnection implements StreamEnd {
  /** By which the window field of the engine's segments is scaled, in bits. */
  private static final int WINDOW_SCALE = 4;

  private static final int MAX_WINDOW_FIELD = 0xffff;
  private static final int TCP_AND_IPV4_BYTES = 40;
  private static final int TCP_AND_IPV6_BYTES = 60;

  /** When an acknowledgment is missing, in ticks. Doubled each time. */
  private static final int RETRANSMIT_TICKS = 3;

  private static final int MAX_RETRANSMIT_TICKS = 100;

  /** How often a segment that opens a connection is sent: for about a minute. */
  private static final int MAX_OPENING_RETRIES = 8;

  /** RFC 5681, section 3.2. */
  private static final int DUPLICATE_ACKNOWLEDGMENTS = 3;

  private final TcpStack stack;
  private final Flow flow;
  private final @Nullable CompletableFuture<StreamEnd> opened;
  private State state;
  private @Nullable StreamEnd other;

  // What the guest gets. The names are those of RFC 9293, section 3.3.1.
  private final SendBuffer buffer = new SendBuffer();
  private int sendUnacknowledged;
  private int sendNext;
  private int sendWindow;
  private int windowSequence; // SND.WL1
  private int windowAcknowledgment; // SND.WL2
  private int sendScale;
  private int segmentSize;
  private boolean endRequested;
  private boolean endSent;
  private boolean endAcknowledged;

  // Retransmission.
  private int ticksLeft;
  private int retries;
  private int duplicates;
  private boolean recovering;
  private int recoverUntil;

  // What comes from the guest.
  private ByteString early = ByteString.EMPTY; // what came before there was a taker
  private int receiveNext;
  private int receiveScale;
  private int window;
  private int unconsumed;
  private int acknowledged;
  private int announcedEdge;
  private boolean endReceived;
  private boolean acknowledgmentDue;

  private enum State {
    /** The engine connects. */
    SYN_SENT,
    /** The engine has accepted, and the guest does not know yet. */
    SYN_RECEIVED,
    OPEN,
    OVER
  }

  /** Creates a connection to a program of the guest. */
  TcpConnection(TcpStack stack, Flow flow, int window, CompletableFuture<StreamEnd> opened) {
    this.stack = stack;
    this.flow = flow;
    this.opened = opened;
    this.window = window;
    receiveScale = WINDOW_SCALE;
    state = State.SYN_SENT;
    begin();
  }

  /** Creates a connection that a program of the guest has asked for. */
  TcpConnection(TcpStack stack, TcpSegment syn) {
    this.stack = stack;
    flow = syn.flow();
    opened = null;
    state = State.SYN_RECEIVED;
    begin();
    synchronize(syn);
  }

  private void begin() {
    sendUnacknowledged = ThreadLocalRandom.current().nextInt();
    sendNext = sendUnacknowledged + 1;
    ticksLeft = RETRANSMIT_TICKS;
  }

  /** Takes what the guest's first segment says. */
  private void synchronize(TcpSegment syn) {
    receiveNext = syn.sequence() + 1;
    acknowledged = receiveNext;
    announcedEdge = receiveNext;
    boolean scales = syn.windowScale() != TcpSegment.NO_SCALE;
    sendScale = scales ? syn.windowScale() : 0;
    receiveScale = scales ? WINDOW_SCALE : 0;
    segmentSize = Math.min(syn.maximumSegmentSize(), ownSegmentSize());
    sendWindow = syn.window(); // not scaled in this segment
    windowSequence = syn.sequence();
    windowAcknowledgment = sendUnacknowledged;
  }

  private int ownSegmentSize() {
    boolean ipv4 = flow.guest() instanceof Inet4Address;
    return EthernetLink.MTU - (ipv4 ? TCP_AND_IPV4_BYTES : TCP_AND_IPV6_BYTES);
  }

  Flow flow() {
    return flow;
  }

  /** Sends the segment that asks the guest for a connection. */
  void open() {
    sendSyn();
    stack.waitsForGuest(this);
  }

  /** Sends the segment that accepts the guest's connection. */
  void accept(int window) {
    if (state == State.SYN_RECEIVED) {
      this.window = window;
      sendSyn();
      stack.waitsForGuest(this);
    }
  }

  private void sendSyn() {
    int segment = ownSegmentSize();
    boolean scales = state == State.SYN_SENT || receiveScale > 0;
    byte[] options = {
      TcpSegment.MAXIMUM_SEGMENT_SIZE_OPTION,
      4,
      (byte) (segment >> 8),
      (byte) segment,
      1, // no operation, so that the options are whole words
      (byte) (scales ? TcpSegment.WINDOW_SCALE_OPTION : 1),
      (byte) (scales ? 3 : 1),
      (byte) (scales ? WINDOW_SCALE : 1)
    };
    boolean opening = state == State.SYN_SENT;
    stack.send(
        stack
            .frames()
            .segment(
                flow,
                new FrameWriter.Header(
                    sendUnacknowledged,
                    opening ? 0 : receiveNext,
                    opening ? TcpSegment.SYN : TcpSegment.SYN | TcpSegment.ACK,
                    Math.min(MAX_WINDOW_FIELD, window),
                    options)));
  }

  /** Takes a segment of the guest. */
  void receive(TcpSegment segment) {
    switch (state) {
      case SYN_SENT -> receiveAnswer(segment);
      case SYN_RECEIVED, OPEN -> receiveInSequence(segment);
      case OVER -> {}
    }
  }

  /** RFC 9293, section 3.10.7.3. */
  private void receiveAnswer(TcpSegment segment) {
    boolean acknowledges = segment.has(TcpSegment.ACK) && segment.acknowledgment() == sendNext;
    if (segment.has(TcpSegment.RST)) {
      if (acknowledges) {
        fail(GuestConnectException.refused());
      }
    } else if (!acknowledges) {
      stack.reset(segment);
    } else if (segment.has(TcpSegment.SYN)) {
      synchronize(segment);
      sendUnacknowledged = sendNext;
      windowAcknowledgment = sendNext;
      state = State.OPEN;
      acknowledge();
      if (opened != null && !opened.complete(this)) {
        reset();
      }
    }
  }

  /** RFC 9293, section 3.10.7.4. */
  private void receiveInSequence(TcpSegment segment) {
    if (segment.has(TcpSegment.RST)) {
      // RFC 5961, section 3.2: one that is not exact may be forged.
      if (segment.sequence() == receiveNext) {
        abandon();
      } else {
        owe();
      }
      return;
    }
    if (segment.has(TcpSegment.SYN)) {
      if (state == State.SYN_RECEIVED && segment.sequence() + 1 == receiveNext) {
        if (stack.isWritable()) {
          sendSyn(); // the guest has not got it
        }
      } else {
        owe();
      }
      return;
    }
    if (!segment.has(TcpSegment.ACK)) {
      return;
    }
    if (segment.acknowledgment() - sendNext > 0) {
      owe(); // acknowledges what was not sent
      return;
    }
    takeAcknowledgment(segment);
    if (state == State.OPEN) {
      takeData(segment);
      finishIfEnded();
    }
    if (state == State.OPEN) {
      transmit();
    }
  }

  private void takeAcknowledgment(TcpSegment segment) {
    int newly = segment.acknowledgment() - sendUnacknowledged;
    if (state == State.SYN_RECEIVED) {
      if (newly <= 0) {
        return;
      }
      state = State.OPEN;
      sendUnacknowledged++;
      newly--;
      progress();
    }
    boolean sameWindow = !updateWindow(segment);
    if (newly > 0) {
      sendUnacknowledged += newly;
      if (endSent && !endAcknowledged && sendUnacknowledged == sendNext) {
        endAcknowledged = true;
        newly--;
      }
      progress();
      buffer.remove(newly);
      if (recovering && sendUnacknowledged - recoverUntil < 0) {
        retransmit();
      } else {
        recovering = false;
      }
      if (other != null && newly > 0) {
        other.consumed(newly);
      }
    } else if (newly == 0
        && inFlight() > 0
        && sameWindow
        && segment.length() == 0
        && ++duplicates == DUPLICATE_ACKNOWLEDGMENTS) {
      retransmit();
    }
  }

  /** The guest has taken something. */
  private void progress() {
    duplicates = 0;
    retries = 0;
    ticksLeft = RETRANSMIT_TICKS;
  }

  /** Returns whether the window is another one now. */
  private boolean updateWindow(TcpSegment segment) {
    int newer = segment.sequence() - windowSequence;
    if (newer < 0
        || newer == 0 && segment.acknowledgment() - windowAcknowledgment < 0
        || segment.acknowledgment() - sendUnacknowledged < 0) {
      return false;
    }
    int former = sendWindow;
    sendWindow = segment.window() << sendScale;
    windowSequence = segment.sequence();
    windowAcknowledgment = segment.acknowledgment();
    return sendWindow != former;
  }

  private void takeData(TcpSegment segment) {
    int length = segment.payload().readableBytes();
    boolean end = segment.has(TcpSegment.FIN);
    int known = receiveNext - segment.sequence();
    if (length == 0 && !end) {
      if (known != 0) {
        owe(); // asks whether the connection is alive
      }
      return;
    }
    if (known != 0 || receiveNext + length - acknowledged >= 2 * segmentSize) {
      owe();
    } else {
      stack.owesSoon(this);
    }
    if (known < 0 || known > length || endReceived) {
      return;
    }
    int taken = Math.min(length - known, window - unconsumed);
    if (taken > 0) {
      receiveNext += taken;
      unconsumed += taken;
      pass(
          ByteString.copyFrom(
              segment.payload().nioBuffer(segment.payload().readerIndex() + known, taken)));
    }
    if (end && known + taken == length && state == State.OPEN) {
      receiveNext++;
      endReceived = true;
      if (other != null) {
        other.end();
      }
    }
  }

  private void pass(ByteString data) {
    if (other != null) {
      other.write(data);
    } else {
      early = early.concat(data);
    }
  }

  @Override
  public void deliverTo(StreamEnd other) {
    stack.onLoop(
        () -> {
          this.other = other;
          if (!early.isEmpty()) {
            other.write(early);
            early = ByteString.EMPTY;
          }
          if (state == State.OVER && !(endReceived && endAcknowledged)) {
            other.reset();
          } else if (endReceived) {
            other.end();
          }
        });
  }

  @Override
  public void write(ByteString data) {
    stack.onLoop(
        () -> {
          if (state != State.OVER && !endRequested) {
            buffer.append(data);
            transmit();
          }
        });
  }

  @Override
  public void end() {
    stack.onLoop(
        () -> {
          endRequested = true;
          transmit();
        });
  }

  @Override
  public void reset() {
    stack.onLoop(
        () -> {
          if (state != State.OVER) {
            if (state != State.SYN_SENT) {
              sendSegment(sendNext, TcpSegment.RST | TcpSegment.ACK, 0, 0);
            }
            finish();
          }
        });
  }

  @Override
  public void consumed(int bytes) {
    stack.onLoop(
        () -> {
          unconsumed -= bytes;
          // Not for each piece (RFC 9293, section 3.8.6.2.2), but before the guest has to wait.
          int more = receiveNext + window - unconsumed - announcedEdge;
          if (state == State.OPEN && !endReceived && more >= window / 2) {
            acknowledge();
          }
        });
  }

  /** The link takes frames again. */
  void resume() {
    transmit();
    if (acknowledgmentDue) {
      acknowledge();
    }
  }

  /** Sends what the guest has room for. */
  private void transmit() {
    if (state != State.OPEN) {
      return;
    }
    while (!endSent) {
      int inFlight = inFlight();
      int unsent = buffer.size() - inFlight;
      int length = Math.min(Math.min(segmentSize, unsent), sendWindow - inFlight);
      boolean end = endRequested && length == unsent;
      if (length <= 0 && !end) {
        break;
      }
      if (length < unsent && length < segmentSize && inFlight > 0) {
        break; // a small window grows (RFC 9293, section 3.8.6.2.1)
      }
      if (!stack.isWritable()) {
        stack.waitsForLink(this);
        return;
      }
      int flags = TcpSegment.ACK;
      flags |= length == unsent && length > 0 ? TcpSegment.PSH : 0;
      flags |= end ? TcpSegment.FIN : 0;
      sendSegment(sendNext, flags, inFlight, length);
      sendNext += length;
      if (end) {
        sendNext++;
        endSent = true;
      }
    }
    if (isWaiting()) {
      stack.waitsForGuest(this);
    }
  }

  private int inFlight() {
    return sendNext - sendUnacknowledged;
  }

  /** Returns whether the guest has something to do before the connection can go on. */
  private boolean isWaiting() {
    return state != State.OVER && (inFlight() > 0 || buffer.size() > 0);
  }

  /**
   * A moment has passed.
   *
   * @return whether the connection still waits for the guest
   */
  boolean tick() {
    if (!isWaiting()) {
      ticksLeft = RETRANSMIT_TICKS;
      return false;
    }
    if (--ticksLeft > 0) {
      return true;
    }
    retries++;
    ticksLeft = Math.min(MAX_RETRANSMIT_TICKS, RETRANSMIT_TICKS << Math.min(retries, 8));
    switch (state) {
      case SYN_SENT, SYN_RECEIVED -> {
        if (retries > MAX_OPENING_RETRIES) {
          fail(GuestConnectException.timedOut());
          return false;
        }
        sendSyn();
      }
      case OPEN -> {
        if (inFlight() > 0) {
          recovering = true;
          recoverUntil = sendNext;
          retransmit();
        } else if (stack.isWritable()) {
          probe();
        }
      }
      case OVER -> {}
    }
    return true;
  }

  /** Sends the first segment again that is not acknowledged. */
  private void retransmit() {
    if (!stack.isWritable()) {
      return; // what the link has not sent yet is not lost
    }
    int length = Math.min(segmentSize, Math.min(inFlight(), buffer.size()));
    boolean end = endSent && length == buffer.size();
    sendSegment(
        sendUnacknowledged,
        TcpSegment.ACK | TcpSegment.PSH | (end ? TcpSegment.FIN : 0),
        0,
        length);
  }

  /** Makes the guest tell its window (RFC 9293, section 3.8.6.1), with a number that it knows. */
  private void probe() {
    sendSegment(sendUnacknowledged - 1, TcpSegment.ACK, 0, 0);
  }

  /** Makes the acknowledgment due when all that has arrived was received. */
  private void owe() {
    stack.owes(this);
  }

  /** Acknowledges what was received, without data. */
  void acknowledge() {
    if (state != State.OPEN) {
      return;
    }
    if (stack.isWritable()) {
      sendSegment(sendNext, TcpSegment.ACK, 0, 0);
    } else {
      // A guest could make any number due while it reads nothing.
      acknowledgmentDue = true;
      stack.waitsForLink(this);
    }
  }

  private void sendSegment(int sequence, int flags, int offset, int length) {
    int room = Math.min((window - unconsumed) >> receiveScale, MAX_WINDOW_FIELD);
    announcedEdge = receiveNext + (room << receiveScale);
    acknowledged = receiveNext;
    stack.owesNothing(this);
    acknowledgmentDue = false;
    stack.send(
        stack
            .frames()
            .segment(
                flow,
                new FrameWriter.Header(sequence, receiveNext, flags, room),
                buffer,
                offset,
                length));
  }

  private void finishIfEnded() {
    if (endReceived && endAcknowledged) {
      if (acknowledged != receiveNext) {
        acknowledge();
      }
      finish();
    }
  }

  private void fail(IOException failure) {
    if (opened != null) {
      opened.completeExceptionally(failure);
    }
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
    if (state == State.OVER) {
      return;
    }
    finish();
    if (other != null) {
      other.reset();
    }
    if (opened != null) {
      opened.completeExceptionally(new IOException("the connection has ended"));
    }
  }

  private void finish() {
    state = State.OVER;
    buffer.clear();
    stack.remove(this);
  }
}
