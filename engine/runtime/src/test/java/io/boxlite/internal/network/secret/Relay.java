package io.boxlite.internal.network.secret;

import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.network.StreamPipe;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A port of this machine that leads to a server as the connections of a box do, with secrets. */
final class Relay implements AutoCloseable, SecretLog {
  final List<String> used = new CopyOnWriteArrayList<>();
  final List<String> problems = new CopyOnWriteArrayList<>();

  private final ServerSocket listening;
  private final BoxSecrets secrets;
  private final List<String> names;
  private final int server;

  Relay(BoxSecrets secrets, List<String> names, int server) {
    this.secrets = secrets;
    this.names = names;
    this.server = server;
    try {
      listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(
        () -> {
          while (true) {
            connect(listening.accept());
          }
        });
  }

  int port() {
    return listening.getLocalPort();
  }

  private void connect(Socket program) throws IOException {
    Socket host = new Socket(InetAddress.getLoopbackAddress(), server);
    StreamPipe ofProgram = new StreamPipe();
    StreamPipe ofHost = new StreamPipe();
    StreamEnd.couple(ofProgram, secrets.between(ofHost, names, server, this));
    pump(program, ofProgram);
    pump(host, ofHost);
  }

  private static void pump(Socket socket, StreamPipe pipe) {
    start(() -> copy(socket.getInputStream(), pipe.output(), pipe.output()::close, pipe::close));
    start(
        () -> copy(pipe.input(), socket.getOutputStream(), socket::shutdownOutput, socket::close));
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void copy(InputStream from, OutputStream to, Task onEnd, Task onFailure)
      throws IOException {
    try {
      from.transferTo(to);
    } catch (IOException e) {
      onFailure.run();
      return;
    }
    onEnd.run();
  }

  private static void start(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // The connection or the relay was closed.
              }
            },
            "relay");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void used(String secret) {
    used.add(secret);
  }

  @Override
  public void problem(String text) {
    problems.add(text);
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
