package io.boxlite.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server on a loopback address of this machine, which programs in boxes connect to. */
final class HostServer implements AutoCloseable {
  private static final int BACKLOG = 4096;
  private static final int TIMEOUT_SECONDS = 30;

  private final ServerSocket listening;
  private final BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();

  /** What to do with a connection. */
  interface Service {
    Object serve(Socket connection) throws IOException, InterruptedException;
  }

  /** Serves each connection in a thread of its own, and closes it if the service has returned. */
  HostServer(String address, Service service) {
    try {
      listening = new ServerSocket(0, BACKLOG, InetAddress.getByName(address));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(
        () -> {
          while (true) {
            Socket connection = listening.accept();
            connection.setTcpNoDelay(true);
            connection.setSoTimeout((int) TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS));
            start(() -> outcomes.add(outcome(service, connection)));
          }
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

  private interface Task {
    void run() throws IOException, InterruptedException;
  }

  private static void start(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (SocketException e) {
                // The server was closed.
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            },
            "host-server");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listening.getLocalPort();
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
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
