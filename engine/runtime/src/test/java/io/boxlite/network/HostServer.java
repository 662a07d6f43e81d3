package io.boxlite.network;

import io.boxlite.LoopbackServer;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server on a loopback address of this machine, which programs in boxes connect to. */
final class HostServer implements AutoCloseable {
  private static final int TIMEOUT_SECONDS = 30;

  private final LoopbackServer server;
  private final BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();

  /** What to do with a connection. */
  interface Service {
    Object serve(Socket connection) throws IOException, InterruptedException;
  }

  /** Serves each connection in a thread of its own, and closes it if the service has returned. */
  HostServer(String address, Service service) {
    server =
        new LoopbackServer(
            "host-server",
            address,
            connection -> {
              connection.setSoTimeout((int) TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS));
              outcomes.add(outcome(service, connection));
            });
  }

  HostServer(Service service) {
    this("127.0.0.1", service);
  }

  /** A server that sends back what it gets, until the end of it. */
  static HostServer echo() {
    return new HostServer(
        connection -> {
          byte[] buffer = new byte[8192];
          long bytes = 0;
          for (int read; (read = connection.getInputStream().read(buffer)) > 0; bytes += read) {
            connection.getOutputStream().write(buffer, 0, read);
          }
          return bytes;
        });
  }

  private static Object outcome(Service service, Socket connection) throws InterruptedException {
    try (connection) {
      return service.serve(connection);
    } catch (IOException e) {
      return e;
    }
  }

  int port() {
    return server.port();
  }

  /** Waits for what the service has returned for a connection, or the exception that it threw. */
  Object outcome() throws InterruptedException {
    Object outcome = outcomes.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (outcome == null) {
      throw new AssertionError("no connection has ended in " + TIMEOUT_SECONDS + " s");
    }
    return outcome;
  }

  @Override
  public void close() {
    server.close();
  }
}
