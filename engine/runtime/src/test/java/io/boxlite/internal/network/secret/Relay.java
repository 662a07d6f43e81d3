package io.boxlite.internal.network.secret;

import io.boxlite.LoopbackServer;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.network.StreamPipe;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A port of this machine that leads to a server as the connections of a box do, with secrets. */
final class Relay implements AutoCloseable, SecretLog {
  private static final String NAME = "relay";

  final List<String> used = new CopyOnWriteArrayList<>();
  final List<String> problems = new CopyOnWriteArrayList<>();

  private final LoopbackServer listening;

  Relay(BoxSecrets secrets, List<String> names, int server) {
    listening =
        new LoopbackServer(
            NAME,
            program -> {
              try (Socket host = new Socket(InetAddress.getLoopbackAddress(), server)) {
                StreamPipe ofProgram = new StreamPipe();
                StreamPipe ofHost = new StreamPipe();
                StreamEnd.couple(
                    ofProgram, secrets.between(ofHost, Runnable::run, names, server, this));
                LoopbackServer.runAll(
                    NAME,
                    () -> read(program, ofProgram),
                    () -> write(program, ofProgram),
                    () -> read(host, ofHost),
                    () -> write(host, ofHost));
              }
            });
  }

  int port() {
    return listening.port();
  }

  private static void read(Socket socket, StreamPipe pipe) throws IOException {
    copy(socket.getInputStream(), pipe.output(), pipe.output()::close, pipe::close);
  }

  private static void write(Socket socket, StreamPipe pipe) throws IOException {
    copy(pipe.input(), socket.getOutputStream(), socket::shutdownOutput, socket::close);
  }

  private static void copy(InputStream from, OutputStream to, Closeable onEnd, Closeable onFailure)
      throws IOException {
    try {
      from.transferTo(to);
    } catch (IOException e) {
      onFailure.close();
      return;
    }
    onEnd.close();
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
    listening.close();
  }
}
