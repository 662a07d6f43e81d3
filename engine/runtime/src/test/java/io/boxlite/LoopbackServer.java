package io.boxlite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A server on a loopback address of this machine, which serves each connection in a thread. */
public final class LoopbackServer implements AutoCloseable {
  private static final int BACKLOG = 4096;

  private final ServerSocket listening;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  /** What to do with a connection, which is closed afterwards. */
  public interface Service {
    void serve(Socket connection) throws IOException, InterruptedException;
  }

  /** Something that may end because a connection is closed. */
  public interface Task {
    void run() throws IOException, InterruptedException;
  }

  /** Serves on a port of 127.0.0.1, in threads of this name. */
  public LoopbackServer(String name, Service service) {
    this(name, "127.0.0.1", service);
  }

  public LoopbackServer(String name, String address, Service service) {
    try {
      listening = new ServerSocket(0, BACKLOG, InetAddress.getByName(address));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(
        name,
        () -> {
          while (true) {
            Socket connection = listening.accept();
            connections.add(connection);
            start(name, () -> serve(connection, service));
          }
        });
  }

  private void serve(Socket connection, Service service) throws IOException, InterruptedException {
    try (connection) {
      connection.setTcpNoDelay(true);
      service.serve(connection);
    } finally {
      connections.remove(connection);
    }
  }

  private static Thread start(String name, Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // The server was closed, or the other side ended the connection.
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Runs tasks at the same time, in threads of this name, until all have ended. */
  public static void runAll(String name, Task... tasks) throws InterruptedException {
    for (Thread thread : Stream.of(tasks).map(task -> start(name, task)).toList()) {
      thread.join();
    }
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** Closes the port and all connections. */
  @Override
  public void close() {
    try {
      listening.close();
      for (Socket connection : connections) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
