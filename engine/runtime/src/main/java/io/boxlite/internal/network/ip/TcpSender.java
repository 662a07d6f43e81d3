package io.boxlite.internal.network.ip;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.ByteQueue;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The half of a connection that goes to the guest: it sends what the guest has room for, and sends
 * again what is not acknowledged. There is no congestion control: between the guest and this
 * process nothing is lost but what the guest has no room for.
 */
final class TcpSender {
  /** RFC 5681, section 3.2. */
  private static final int DUPLICATE_ACKNOWLEDGMENTS = 3;

  private final Output output;
  private final RetransmissionTimer timer = new RetransmissionTimer();
  private final ByteQueue data = new ByteQueue();

  // The names are those of RFC 9293, section 3.3.1.
  private int unacknowledged = ThreadLocalRandom.current().nextInt();
  private int next = unacknowledged + 1;
  private int window;
  private int windowSequence; // SND.WL1
  private int windowAcknowledgment; // SND.WL2
  private int scale;
  private int segmentSize;

  private boolean endRequested;
  private boolean endSent;
  private boolean endAcknowledged;

  // Loss recovery.
  private int duplicates;
  private boolean recovering;
  private int recoverUntil;

  /** Where segments go. */
  interface Output {
    /** Returns whether a segment would be sent soon. */
    boolean isWritable();

    /** Sends a segment with some of the data; the rest of its header is known. */
    void segment(int sequence, int flags, ByteQueue data, int offset, int length);

    /** Calls {@link #transmit} when segments would be sent soon. */
    void waitForLink();

    /** Calls {@link #tick} from now on. */
    void waitForGuest();
  }

  TcpSender(Output output) {
    this.output = output;
  }

  /** Returns the number of the segment that opens the connection. */
  int initialSequence() {
    return unacknowledged;
  }

  /** Returns the number of what is sent next. */
  int next() {
    return next;
  }

  /** Returns the largest segment that both sides take, in bytes. */
  int segmentSize() {
    return segmentSize;
  }

  /** Returns the timer, which also says when to open the connection again. */
  RetransmissionTimer timer() {
    return timer;
  }

  /** Takes what the guest's first segment says. */
  void synchronize(TcpSegment syn, int ownSegmentSize) {
    scale = syn.windowScale() == TcpSegment.NO_SCALE ? 0 : syn.windowScale();
    segmentSize = Math.min(syn.maximumSegmentSize(), ownSegmentSize);
    window = syn.window(); // not scaled in this segment
    windowSequence = syn.sequence();
    windowAcknowledgment = unacknowledged;
  }

  /** The guest has acknowledged the segment that opens the connection. */
  void opened() {
    unacknowledged++;
    timer.restart();
  }

  /** Returns whether a segment acknowledges something that was not sent. */
  boolean isAhead(TcpSegment segment) {
    return segment.acknowledgment() - next > 0;
  }

  /** Returns how much of what was sent a segment acknowledges for the first time. */
  int newlyAcknowledged(TcpSegment segment) {
    return segment.acknowledgment() - unacknowledged;
  }

  /**
   * Takes the acknowledgment of a segment, and its window.
   *
   * @return how many bytes of data the guest has taken
   */
  int acknowledge(TcpSegment segment) {
    boolean sameWindow = !updateWindow(segment);
    int newly = newlyAcknowledged(segment);
    if (newly < 0) {
      return 0;
    }
    timer.answered();
    if (newly == 0) {
      if (inFlight() > 0
          && sameWindow
          && segment.length() == 0
          && ++duplicates == DUPLICATE_ACKNOWLEDGMENTS) {
        recover();
      }
      return 0;
    }
    unacknowledged += newly;
    timer.restart();
    duplicates = 0;
    if (endSent && !endAcknowledged && unacknowledged == next) {
      endAcknowledged = true;
      newly--;
    }
    data.remove(newly);
    if (recovering && unacknowledged - recoverUntil < 0) {
      retransmit();
    } else {
      recovering = false;
    }
    return newly;
  }

  /** Returns whether the window is another one now. */
  private boolean updateWindow(TcpSegment segment) {
    int newer = segment.sequence() - windowSequence;
    if (newer < 0
        || newer == 0 && segment.acknowledgment() - windowAcknowledgment < 0
        || newlyAcknowledged(segment) < 0) {
      return false;
    }
    int former = window;
    window = segment.window() << scale;
    windowSequence = segment.sequence();
    windowAcknowledgment = segment.acknowledgment();
    return window != former;
  }

  /** Adds data. Has no effect after the end. */
  void write(ByteString data) {
    if (!endRequested) {
      this.data.add(data);
    }
  }

  /** No more data comes. */
  void end() {
    endRequested = true;
  }

  /** Returns whether the guest knows that no more data comes. */
  boolean hasEnded() {
    return endAcknowledged;
  }

  /** Sends what the guest has room for. */
  void transmit() {
    while (!endSent) {
      int inFlight = inFlight();
      int unsent = data.size() - inFlight;
      int length = Math.min(Math.min(segmentSize, unsent), window - inFlight);
      boolean end = endRequested && length == unsent;
      if (length <= 0 && !end) {
        break;
      }
      if (length < unsent && length < segmentSize && inFlight > 0) {
        break; // a small window grows (RFC 9293, section 3.8.6.2.1)
      }
      if (!output.isWritable()) {
        output.waitForLink();
        return;
      }
      int flags = TcpSegment.ACK;
      flags |= length == unsent && length > 0 ? TcpSegment.PSH : 0;
      flags |= end ? TcpSegment.FIN : 0;
      output.segment(next, flags, data, inFlight, length);
      next += length;
      if (end) {
        next++;
        endSent = true;
      }
    }
    if (isWaiting()) {
      output.waitForGuest();
    }
  }

  private int inFlight() {
    return next - unacknowledged;
  }

  /** Returns whether the guest has something to do before the connection can go on. */
  boolean isWaiting() {
    return inFlight() > 0 || !data.isEmpty();
  }

  /** Counts a tick, while the guest has something to do. */
  void tick() {
    if (!timer.hasExpired()) {
      return;
    }
    if (inFlight() > 0) {
      recover();
    } else if (output.isWritable()) {
      probe();
    }
  }

  /** Sends again what is lost: first what is missing, and then whatever else turns out to be. */
  private void recover() {
    recovering = true;
    recoverUntil = next;
    retransmit();
  }

  /** Sends the first segment again that is not acknowledged. */
  private void retransmit() {
    if (!output.isWritable()) {
      return; // what the link has not sent yet is not lost
    }
    int length = Math.min(segmentSize, Math.min(inFlight(), data.size()));
    boolean end = endSent && length == data.size();
    int flags = TcpSegment.ACK | TcpSegment.PSH | (end ? TcpSegment.FIN : 0);
    output.segment(unacknowledged, flags, data, 0, length);
  }

  /** Makes the guest tell its window (RFC 9293, section 3.8.6.1), with a number that it knows. */
  private void probe() {
    output.segment(unacknowledged - 1, TcpSegment.ACK, data, 0, 0);
  }

  /** Drops what was not sent or not acknowledged. */
  void clear() {
    data.clear();
  }
}
