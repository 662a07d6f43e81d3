package io.boxlite.internal.network;

import io.boxlite.internal.network.ip.Refusal;
import io.grpc.netty.shaded.io.netty.channel.ConnectTimeoutException;
import java.net.NoRouteToHostException;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** What the failure of a host's connect(2) means to a program in a guest. */
final class ConnectFailure {
  private ConnectFailure() {}

  /** Returns what the program's connect(2) reports. */
  static Refusal refusal(@Nullable Throwable failure) {
    String message = message(failure);
    if (failure instanceof ConnectTimeoutException || message.contains("timed out")) {
      return Refusal.TIMED_OUT;
    }
    if (message.contains("network is unreachable")) {
      return Refusal.NETWORK_UNREACHABLE;
    }
    if (failure instanceof NoRouteToHostException || message.contains("unreachable")) {
      return Refusal.HOST_UNREACHABLE;
    }
    return Refusal.REFUSED;
  }

  /** Returns the reason for people. */
  static String text(@Nullable Throwable failure) {
    if (failure instanceof CancellationException) {
      return "the program or the box did not wait for it";
    }
    return failure == null || failure.getMessage() == null
        ? "the connection failed"
        : failure.getMessage();
  }

  /** The JDK tells most errors of connect(2) only by their messages. */
  private static String message(@Nullable Throwable failure) {
    return text(failure).toLowerCase(Locale.ROOT);
  }
}
