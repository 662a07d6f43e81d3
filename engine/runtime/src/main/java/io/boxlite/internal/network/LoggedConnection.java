package io.boxlite.internal.network;

import io.boxlite.NetworkEvent;
import io.boxlite.internal.network.secret.SecretLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** The log's record of a connection that was allowed. Whoever carries the connection ends it. */
public final class LoggedConnection implements SecretLog {
  /** A box could have any number of them. */
  private static final int MOST_SECRET_PROBLEMS = 4;

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
      log.update(entry, event -> event.toBuilder().failed(reason).build());
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
      log.update(entry, event -> event.toBuilder().ended(sent, received, duration).build());
    }
  }

  /** Returns what is known of the connection. */
  NetworkEvent event() {
    return log.eventOf(entry);
  }

  @Override
  public void used(String secret) {
    log.update(
        entry,
        event ->
            event.secrets().contains(secret)
                ? event
                : event.toBuilder().secrets(with(event.secrets(), secret)).build());
  }

  @Override
  public void problem(String text) {
    log.update(
        entry,
        event ->
            event.secretProblems().contains(text)
                    || event.secretProblems().size() >= MOST_SECRET_PROBLEMS
                ? event
                : event.toBuilder().secretProblems(with(event.secretProblems(), text)).build());
  }

  private static List<String> with(List<String> texts, String more) {
    List<String> all = new ArrayList<>(texts);
    all.add(more);
    return all;
  }
}
