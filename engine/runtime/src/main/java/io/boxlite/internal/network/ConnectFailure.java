package io.boxlite.internal.network;

import io.boxlite.internal.guest.proto.RefusalReason;
import io.grpc.netty.shaded.io.netty.channel.ConnectTimeoutException;
import java.net.NoRouteToHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the failure of a host's connect(2) means to a program in a guest. */
final class ConnectFailure {
  private ConnectFailure() {}

  /** Returns what the program's connect(2) reports. */
  static RefusalReason reason(@Nullable Throwable failure) {
    String message = message(failure);
    if (failure instanceof ConnectTimeoutException || message.contains("timed out")) {
      return RefusalReason.REFUSAL_REASON_TIMED_OUT;
    }
    if (message.contains("network is unreachable")) {
      return RefusalReason.REFUSAL_REASON_NETWORK_UNREACHABLE;
    }
    if (failure instanceof NoRouteToHostException || message.contains("unreachable")) {
      return RefusalReason.REFUSAL_REASON_HOST_UNREACHABLE;
    }
    return RefusalReason.REFUSAL_REASON_REFUSED;
  }

  /** Returns the reason for people. */
  static String text(@Nullable Throwable failure) {
    return failure == null || failure.getMessage() == null
        ? "the connection failed"
        : failure.getMessage();
  }

  /** The JDK tells most errors of connect(2) only by their messages. */
  private static String message(@Nullable Throwable failure) {
    return text(failure).toLowerCase(Locale.ROOT);
  }
}
