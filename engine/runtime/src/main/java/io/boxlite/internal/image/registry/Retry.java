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

/** Does a thing again when it fails in a way that may pass, later each time, and not for ever. */
final class Retry {
  /** After so much news the failures before do not count any more. */
  private static final long NEWS = 1 << 20;

  /** A thing that may be done several times. */
  interface Attempt<T> {
    /**
     * Does it.
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

  /** Does a thing that succeeds or fails as a whole. */
  <T> T make(String what, Attempt<T> attempt) throws InterruptedException {
    return make(what, () -> 0, attempt);
  }

  /**
   * Does a thing that gets on a little each time.
   *
   * @param what for the message
   * @param position how far it has got, in bytes
   */
  <T> T make(String what, LongSupplier position, Attempt<T> attempt) throws InterruptedException {
    int failures = 0;
    long begin = position.getAsLong();
    while (true) {
      try {
        return attempt.make();
      } catch (IOException e) {
        long now = position.getAsLong();
        failures = now - begin >= NEWS ? 1 : failures + 1;
        begin = Math.max(begin, now);
        Duration delay = delay(failures, e);
        String why = reason(e);
        if (failures == timeout.attempts() || isFinal(e)) {
          throw new ImagePullException(
              what
                  + " cannot be fetched"
                  + (failures > 1 ? ", tried " + failures + " times" : "")
                  + ": "
                  + why
                  + advice(e),
              e);
        }
        if (delay.compareTo(timeout.longestDelay()) > 0) {
          throw new ImagePullException(
              what
                  + " cannot be fetched now: "
                  + why
                  + "; it asks to wait for "
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
    // Those who failed together had better not come back together.
    return Duration.ofMillis(base + ThreadLocalRandom.current().nextLong(base / 4 + 1));
  }

  /** What the next attempt would find unchanged. */
  private static boolean isFinal(IOException e) {
    return hasCause(e, SSLException.class) && !isCutOff(e)
        || hasCause(e, UnknownHostException.class)
        || hasCause(e, UnresolvedAddressException.class);
  }

  /** A TLS handshake that the other side did not refuse, but left. */
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
      return "; where it does not speak TLS, name it in boxlite.registry.http";
    }
    return hasCause(e, SSLException.class)
        ? "; where its certificate is none that this JVM trusts, add it to the trust store"
            + " (javax.net.ssl.trustStore) or name the registry in boxlite.registry.insecure; where"
            + " it does not speak TLS, in boxlite.registry.http"
        : "; without a network, import the image from a file or use the pull policy never for one"
            + " that is in the store";
  }

  private static boolean hasCause(Throwable e, Class<? extends Throwable> type) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return true;
      }
    }
    return false;
  }

  /** Some of the JDK's exceptions have no words, only those behind them. */
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
