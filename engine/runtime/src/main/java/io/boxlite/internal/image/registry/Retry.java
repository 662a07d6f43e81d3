package io.boxlite.internal.image.registry;

import io.boxlite.ImagePullException;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Retries an action after transient failures, with increasing delays and a limited number of
 * attempts.
 */
final class Retry {
  /** The progress in bytes after which earlier failures no longer count. */
  private static final long PROGRESS = 1 << 20;

  /** An action that may be repeated. */
  interface Attempt<T> {
    /**
     * Runs the action.
     *
     * @throws IOException when it may succeed the next time
     */
    T make() throws IOException, InterruptedException;
  }

  private final RegistryTimeouts timeout;
  private final PullMonitor monitor;

  Retry(RegistryTimeouts timeout, PullMonitor monitor) {
    this.timeout = timeout;
    this.monitor = monitor;
  }

  /** Runs an action that succeeds or fails as a whole. */
  <T> T make(String what, Attempt<T> attempt) throws InterruptedException {
    return make(what, () -> 0, attempt);
  }

  /**
   * Runs an action whose attempts each make some progress.
   *
   * @param what the action's object, for the message
   * @param position supplies the progress so far, in bytes
   */
  <T> T make(String what, LongSupplier position, Attempt<T> attempt) throws InterruptedException {
    int failures = 0;
    long begin = position.getAsLong();
    while (true) {
      try {
        return attempt.make();
      } catch (IOException e) {
        long now = position.getAsLong();
        failures = now - begin >= PROGRESS ? 1 : failures + 1;
        begin = Math.max(begin, now);
        Duration delay = delay(failures, e);
        String why = reason(e);
        if (failures == timeout.attempts() || isFinal(e)) {
          throw new ImagePullException(
              what
                  + " cannot be pulled"
                  + (failures > 1 ? " after " + failures + " attempts" : "")
                  + ": "
                  + why
                  + advice(e),
              e);
        }
        if (delay.compareTo(timeout.longestDelay()) > 0) {
          throw new ImagePullException(
              what
                  + " cannot be pulled now: "
                  + why
                  + "; the registry asks to wait "
                  + delay.toSeconds()
                  + " s, which is too long",
              e);
        }
        monitor.retrying(what + ": " + why, delay);
        TimeUnit.NANOSECONDS.sleep(delay.toNanos());
      }
    }
  }

  private Duration delay(int failures, IOException failure) {
    if (failure instanceof RetryLater later && later.delay() != null) {
      return later.delay();
    }
    long base = timeout.firstDelay().toMillis() << Math.min(failures - 1, 10);
    // Random delays, so that clients that failed together do not return together.
    return Duration.ofMillis(base + ThreadLocalRandom.current().nextLong(base / 4 + 1));
  }

  /** Returns whether a failure is permanent. */
  private static boolean isFinal(IOException e) {
    return hasCause(e, SSLException.class) && !isCutOff(e)
        || hasCause(e, UnknownHostException.class)
        || hasCause(e, UnresolvedAddressException.class);
  }

  /** Returns whether the other side closed the connection during the TLS handshake. */
  private static boolean isCutOff(IOException e) {
    if (hasCause(e, EOFException.class)
        || hasCause(e, SocketException.class)
        || hasCause(e, ClosedChannelException.class)) {
      return true;
    }
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof SSLException
          && String.valueOf(at.getMessage()).startsWith("Remote host ")) {
        return true;
      }
    }
    return false;
  }

  private static String advice(IOException e) {
    if (e instanceof RetryLater || String.valueOf(e.getMessage()).contains("boxlite.registry.")) {
      return "";
    }
    if (hasCause(e, SSLException.class) && isCutOff(e)) {
      return "; if it does not use TLS, add it to boxlite.registry.http";
    }
    return hasCause(e, SSLException.class)
        ? "; if this JVM does not trust its certificate, add it to the trust store"
            + " (javax.net.ssl.trustStore) or the registry to boxlite.registry.insecure; if it does"
            + " not use TLS, add it to boxlite.registry.http"
        : "; without a network, import the image from a file, or use the pull policy never for an"
            + " image that is in the store";
  }

  private static boolean hasCause(Throwable e, Class<? extends Throwable> type) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the message of an exception or, if it has none, of its cause. */
  private static String reason(IOException e) {
    if (hasCause(e, UnresolvedAddressException.class)) {
      return "the host is unknown";
    }
    return words(e);
  }

  private static String words(Throwable e) {
    @Nullable Throwable at = e;
    while (at != null && (at.getMessage() == null || at.getMessage().isBlank())) {
      at = at.getCause();
    }
    return at == null ? e.getClass().getSimpleName() : String.valueOf(at.getMessage());
  }
}
