package io.boxlite.internal.network;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.StreamEnd;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** An end of a connection, of which it counts the bytes, and reports when the connection ends. */
final class CountedEnd implements StreamEnd {
  private final StreamEnd end;
  private final Report report;
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong read = new AtomicLong();
  private final AtomicBoolean writeEnded = new AtomicBoolean();
  private final AtomicBoolean readEnded = new AtomicBoolean();
  private final AtomicBoolean reported = new AtomicBoolean();

  /** Takes the numbers of a connection that has ended. Called once; must not block. */
  interface Report {
    void ended(long written, long read);
  }

  CountedEnd(StreamEnd end, Report report) {
    this.end = end;
    this.report = report;
  }

  @Override
  public void deliverTo(StreamEnd other) {
    end.deliverTo(new FromEnd(other));
  }

  @Override
  public void write(ByteString data) {
    written.addAndGet(data.size());
    end.write(data);
  }

  @Override
  public void end() {
    end.end();
    writeEnded.set(true);
    reportIfEnded();
  }

  @Override
  public void reset() {
    end.reset();
    report();
  }

  @Override
  public void consumed(int bytes) {
    end.consumed(bytes);
  }

  private void reportIfEnded() {
    if (writeEnded.get() && readEnded.get()) {
      report();
    }
  }

  private void report() {
    if (!reported.getAndSet(true)) {
      report.ended(written.get(), read.get());
    }
  }

  /** What comes from the counted end. */
  private final class FromEnd implements StreamEnd {
    private final StreamEnd target;

    FromEnd(StreamEnd target) {
      this.target = target;
    }

    @Override
    public void deliverTo(StreamEnd other) {
      throw new IllegalStateException("the ends are coupled already");
    }

    @Override
    public void write(ByteString data) {
      read.addAndGet(data.size());
      target.write(data);
    }

    @Override
    public void end() {
      target.end();
      readEnded.set(true);
      reportIfEnded();
    }

    @Override
    public void reset() {
      target.reset();
      report();
    }

    @Override
    public void consumed(int bytes) {
      target.consumed(bytes);
    }
  }
}
