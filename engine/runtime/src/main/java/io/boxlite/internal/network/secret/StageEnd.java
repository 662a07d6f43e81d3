package io.boxlite.internal.network.secret;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.ByteQueue;
import io.boxlite.internal.guest.StreamEnd;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a {@link Stage}. What comes from the far end waits here until the stage takes it, and
 * only then the far end may send more. All methods but those of {@link StreamEnd} are for tasks.
 */
final class StageEnd implements StreamEnd {
  /** With more on its way to the far end, nothing is added to it. */
  static final int MAX_OUTSTANDING_BYTES = 64 << 10;

  private final SerialTasks tasks;
  private @Nullable Stage stage;
  private @Nullable StreamEnd far;

  private final ByteQueue input = new ByteQueue();
  private int acknowledged;
  private boolean inputEnded;

  private int outstanding;
  private boolean outputEnded;
  private boolean over;

  StageEnd(SerialTasks tasks) {
    this.tasks = tasks;
  }

  /** Hands the end over to a stage, with all that waits. */
  void belongTo(Stage stage) {
    this.stage = stage;
  }

  @Override
  public void deliverTo(StreamEnd other) {
    tasks.run(
        () -> {
          far = other;
          if (over) {
            other.reset();
          }
          proceed();
        });
  }

  @Override
  public void write(ByteString data) {
    tasks.run(
        () -> {
          if (over) {
            return;
          }
          input.add(data);
          proceed();
        });
  }

  @Override
  public void end() {
    tasks.run(
        () -> {
          inputEnded = true;
          proceed();
        });
  }

  @Override
  public void reset() {
    tasks.run(
        () -> {
          if (!over) {
            over = true;
            input.clear();
            if (stage != null) {
              stage.broken(this);
            }
          }
        });
  }

  @Override
  public void consumed(int bytes) {
    tasks.run(
        () -> {
          outstanding -= bytes;
          proceed();
        });
  }

  private void proceed() {
    if (stage != null && !over) {
      stage.proceed();
    }
  }

  /** Returns how many bytes can be taken. */
  int available() {
    return input.size();
  }

  /** Returns whether nothing more comes, and nothing waits. */
  boolean isAtEnd() {
    return inputEnded && input.isEmpty();
  }

  /** Returns whether nothing more comes; some may still wait. */
  boolean hasInputEnded() {
    return inputEnded;
  }

  /** Returns the first of what waits, which goes on waiting. */
  ByteString first() {
    return input.first();
  }

  /** Returns up to this many of the first bytes that wait, which go on waiting. */
  byte[] peek(int most) {
    byte[] bytes = new byte[Math.min(most, input.size())];
    ByteBuffer target = ByteBuffer.wrap(bytes);
    input.forEach(0, bytes.length, target::put);
    return bytes;
  }

  /** Lets the far end send more than what waits, although that goes on waiting. */
  void acknowledgeWaiting() {
    int more = input.size() - acknowledged;
    acknowledged = input.size();
    consume(more);
  }

  /** Takes what waits, at least one byte and at most this many, without copying it. */
  ByteString take(int most) {
    ByteString data = input.take(most);
    int before = Math.min(acknowledged, data.size());
    acknowledged -= before;
    consume(data.size() - before);
    return data;
  }

  /** Drops everything that waits. */
  void discard() {
    while (!input.isEmpty()) {
      take(input.size());
    }
  }

  private void consume(int bytes) {
    if (bytes > 0 && far != null && !over) {
      far.consumed(bytes);
    }
  }

  /** Returns whether something may be sent, as far as the far end has passed on what was. */
  boolean isReady() {
    return far != null && !over && !outputEnded && outstanding < MAX_OUTSTANDING_BYTES;
  }

  /** Returns whether much more was sent than while the end was ready. */
  boolean isFlooded() {
    return outstanding >= 2 * MAX_OUTSTANDING_BYTES;
  }

  /** Sends data, also if the end is not ready. Has no effect after the end. */
  void send(ByteString data) {
    if (far != null && !over && !outputEnded && !data.isEmpty()) {
      outstanding += data.size();
      far.write(data);
    }
  }

  /** Ends what is sent. A second call has no effect. */
  void endOutput() {
    if (far != null && !over && !outputEnded) {
      outputEnded = true;
      far.end();
    }
  }

  /** Breaks the connection to the far end. A second call has no effect. */
  void breakOff() {
    if (!over) {
      over = true;
      input.clear();
      if (far != null) {
        far.reset();
      }
    }
  }
}
