package io.boxlite.internal.network;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** The log's record of a connection that was allowed. Whoever carries the connection ends it. */
public final class LoggedConnection {
  private final EventLog log;
  private final EventLog.Entry entry;
  private final long begin = System.nanoTime();
  private final AtomicBoolean ended = new AtomicBoolean();

  LoggedConnection(EventLog log, EventLog.Entry entry) {
    this.log = log;
    this.entry = entry;
  }

  /**
   * Records that no destination accepted the connection. Has no effect after another end.
   *
   * @param reason why, for people
   */
  public void failed(String reason) {
    if (!ended.getAndSet(true)) {
      log.end(entry, log.eventOf(entry).toBuilder().failed(reason).build());
    }
  }

  /**
   * Records that the connection has ended. Has no effect after another end.
   *
   * @param sent how many bytes the box has sent
   * @param received how many bytes the box has received
   */
  public void ended(long sent, long received) {
    if (!ended.getAndSet(true)) {
      Duration duration = Duration.ofNanos(System.nanoTime() - begin);
      log.end(entry, log.eventOf(entry).toBuilder().ended(sent, received, duration).build());
    }
  }
}
