package io.boxlite.internal.image.registry;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/** Explains failed connections, because the JDK's client loses the message of the system. */
final class ConnectFailure {
  private static final int TIMEOUT_MILLIS = 2000;

  private ConnectFailure() {}

  /**
   * Connects again, without the client, and returns an exception with the message of the system.
   *
   * @param proxy the proxy; null for a direct connection
   */
  static ConnectException explain(
      ConnectException failure, String host, int port, @Nullable InetSocketAddress proxy) {
    if (failure.getMessage() != null && !failure.getMessage().isBlank()) {
      return failure;
    }
    String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    InetSocketAddress target =
        proxy == null
            ? new InetSocketAddress(plain, port)
            : new InetSocketAddress(proxy.getHostString(), proxy.getPort());
    String where =
        (proxy == null ? "" : "the proxy ") + target.getHostString() + ":" + target.getPort();
    ConnectException told = new ConnectException(where + " " + why(target));
    told.initCause(failure);
    return told;
  }

  private static String why(InetSocketAddress target) {
    try (Socket socket = new Socket()) {
      socket.connect(target, TIMEOUT_MILLIS);
      return "did not accept the connection at first";
    } catch (SocketTimeoutException e) {
      return "does not answer";
    } catch (IOException e) {
      String words = String.valueOf(e.getMessage());
      return words.startsWith("Connection refused")
          ? "refuses the connection: nothing is listening there"
          : "cannot be reached: " + words;
    }
  }
}
