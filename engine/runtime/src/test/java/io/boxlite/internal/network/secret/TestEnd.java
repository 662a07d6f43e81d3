package io.boxlite.internal.network.secret;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.StreamEnd;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An end that a test holds. It keeps to what an end may send, and checks what it is told. */
final class TestEnd implements StreamEnd {
  /** The smallest window of a guest. */
  static final int WINDOW = 16 << 10;

  private ByteString received = ByteString.EMPTY;
  private @Nullable StreamEnd other;
  private int unread;
  private int unconsumed;
  private boolean reading = true;
  private boolean ended;
  private boolean broken;

  @Override
  public synchronized void deliverTo(StreamEnd other) {
    this.other = other;
  }

  @Override
  public void write(ByteString data) {
    boolean read;
    synchronized (this) {
      assertThat(ended).as("data after the end").isFalse();
      received = received.concat(data);
      read = reading;
      unread += read ? 0 : data.size();
    }
    if (read) {
      target().consumed(data.size());
    }
  }

  @Override
  public synchronized void end() {
    assertThat(ended).as("ended twice").isFalse();
    ended = true;
  }

  @Override
  public synchronized void reset() {
    broken = true;
  }

  @Override
  public synchronized void consumed(int bytes) {
    unconsumed -= bytes;
    assertThat(bytes).isPositive();
    assertThat(unconsumed).as("consumed more than was sent").isNotNegative();
  }

  private synchronized StreamEnd target() {
    return Objects.requireNonNull(other);
  }

  void send(String text) {
    send(ByteString.copyFrom(text, ISO_8859_1));
  }

  void send(ByteString data) {
    synchronized (this) {
      unconsumed += data.size();
    }
    target().write(data);
  }

  /** Sends as much as the window allows, and returns how much that was. */
  synchronized int room() {
    return WINDOW - unconsumed;
  }

  void sendEnd() {
    target().end();
  }

  void sendReset() {
    target().reset();
  }

  synchronized int unconsumed() {
    return unconsumed;
  }

  synchronized void stopReading() {
    reading = false;
  }

  void readOn() {
    int read;
    synchronized (this) {
      reading = true;
      read = unread;
      unread = 0;
    }
    target().consumed(read);
  }

  /** Returns and forgets what was received. */
  synchronized String take() {
    String text = received.toString(ISO_8859_1);
    received = ByteString.EMPTY;
    return text;
  }

  synchronized String received() {
    return received.toString(ISO_8859_1);
  }

  synchronized boolean isEnded() {
    return ended;
  }

  synchronized boolean isBroken() {
    return broken;
  }
}
