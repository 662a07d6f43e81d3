package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.line;
import static io.boxlite.network.NetworkPrograms.small;
import static io.boxlite.network.NetworkPrograms.start;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import io.boxlite.Command;
import io.boxlite.Execution;
import io.boxlite.GuestConnection;
import io.boxlite.LiteBox;
import io.boxlite.PublishedPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connections to programs in a box. The box has no network: it reaches nothing by itself. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class PublishedPortsIT {
  private static final int PORT = 8080;
  private static final int ALSO = 8081;

  private Boxlite boxlite;
  private NetworkPrograms programs;
  private LiteBox box;

  @BeforeAll
  void create(@TempDir Path directory) {
    boxlite = Boxlite.open();
    programs = new NetworkPrograms(directory);
    box = programs.copyInto(boxlite.create(small().ports(PORT, ALSO).build()));
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(30_000);
    return socket;
  }

  private static void assertEchoes(InetSocketAddress address) throws IOException {
    try (Socket socket = connect(address)) {
      socket.getOutputStream().write("text".getBytes(UTF_8));
      assertThat(new String(socket.getInputStream().readNBytes(4), UTF_8)).isEqualTo("text");
    }
  }

  @Test
  void aClientEndsItsDirectionFirst() throws Exception {
    try (Execution server = start(box, "listening", "serve-one", "0.0.0.0", PORT, "answer");
        Socket socket = connect(box.network().address(PORT))) {
      assertThat(box.network().address(PORT).getAddress().getHostAddress()).isEqualTo("127.0.0.1");
      socket.getOutputStream().write("question".getBytes(UTF_8));
      socket.shutdownOutput();
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8)).isEqualTo("answer");
      assertThat(line(server)).isEqualTo("from 198.18.0.1");
      assertThat(line(server)).isEqualTo("question|end");
    }
  }

  @Test
  void programsAreFoundWhereverTheyListen() throws Exception {
    for (String address : List.of("0.0.0.0", "127.0.0.1", "::", "::1")) {
      try (Execution server = start(box, "listening", "echo", address, ALSO)) {
        assertEchoes(box.network().address(ALSO));
        try (GuestConnection connection = box.network().connect(ALSO)) {
          connection.output().write(7);
          assertThat(connection.input().read()).isEqualTo(7);
        }
      }
    }
  }

  @Test
  void aConnectionThatIsNotPublished() throws Exception {
    try (Execution server = start(box, "listening", "serve-one", "0.0.0.0", 9000, "answer");
        GuestConnection connection = box.network().connect(9000)) {
      connection.output().write("question".getBytes(UTF_8));
      connection.output().close();
      assertThat(new String(connection.input().readAllBytes(), UTF_8)).isEqualTo("answer");
      assertThat(connection.input().read()).isEqualTo(-1);
      assertThat(line(server)).isEqualTo("from 198.18.0.1");
    }
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.network().connect(9000))
        .withMessageContaining("cannot connect to port 9000 of the box")
        .withMessageContaining("refused");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.network().connect(0))
        .withMessageContaining("guestPort");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.network().address(9000))
        .withMessageContaining("not published");
  }

  @Test
  void aServerInTheBoxThatResets() throws Exception {
    try (Execution server = start(box, "listening", "serve-reset", "0.0.0.0", PORT);
        Socket socket = connect(box.network().address(PORT))) {
      socket.getOutputStream().write(1);
      assertThatExceptionOfType(SocketException.class)
          .isThrownBy(() -> socket.getInputStream().read())
          .withMessageContaining("reset");
      assertThat(server.await().exitCode()).isZero();
    }
  }

  @Test
  void aClientThatResets() throws Exception {
    try (Execution server = start(box, "listening", "serve-one", "0.0.0.0", PORT, "")) {
      try (Socket socket = connect(box.network().address(PORT))) {
        socket.getOutputStream().write("x".getBytes(UTF_8));
        assertThat(line(server)).startsWith("from ");
        socket.setSoLinger(true, 0);
      }
      assertThat(line(server)).endsWith("read: Connection reset by peer");
    }
  }

  @Test
  void aPortOnWhichNobodyListensResets() throws Exception {
    try (Socket socket = connect(box.network().address(PORT))) {
      assertThatExceptionOfType(SocketException.class)
          .isThrownBy(() -> socket.getInputStream().read())
          .withMessageContaining("reset");
    }
  }

  @Test
  void aResetKeepsThePort() throws Exception {
    try (LiteBox other = programs.copyInto(boxlite.create(small().ports(PORT).build()))) {
      InetSocketAddress address = other.network().address(PORT);
      try (Execution unused = start(other, "listening", "echo", "0.0.0.0", PORT);
          Socket open = connect(address)) {
        assertEchoes(address);
        other.reset();
        assertThat(endOf(open)).isTrue();
      }
      assertThat(other.network().address(PORT)).isEqualTo(address);
      programs.copyInto(other);
      try (Execution unused = start(other, "listening", "echo", "0.0.0.0", PORT)) {
        assertEchoes(address);
      }
      other.stop();
      assertThatIllegalStateException().isThrownBy(() -> other.network().connect(PORT));
    }
  }

  private static boolean endOf(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true; // a reset
    }
  }

  @Test
  void aPortOfTheHostThatIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      BoxOptions options =
          small().ports(new PublishedPort(PORT, OptionalInt.of(taken.getLocalPort()))).build();
      assertThatExceptionOfType(BoxliteException.class)
          .isThrownBy(() -> boxlite.create(options))
          .withMessageContaining("port " + PORT + " of the box")
          .withMessageContaining("port " + taken.getLocalPort() + " of this machine")
          .withMessageContaining("in use");
      int port = taken.getLocalPort();
      taken.close();
      try (LiteBox now = boxlite.create(options)) {
        assertThat(now.network().address(PORT).getPort()).isEqualTo(port);
      }
      try (LiteBox again = boxlite.create(options)) {
        assertThat(again.network().address(PORT).getPort()).isEqualTo(port);
      }
    }
  }

  @Test
  void aSlowClientAndASlowServer() throws Exception {
    try (Execution server = start(box, "listening", "echo", "0.0.0.0", PORT);
        Socket slow = connect(box.network().address(PORT))) {
      for (byte b : "slowly".getBytes(UTF_8)) {
        slow.getOutputStream().write(b);
        assertThat(slow.getInputStream().read()).isEqualTo(b);
        assertEchoes(box.network().address(PORT));
        Thread.sleep(50);
      }
      box.exec(Command.of("kill", "-STOP", pid()));
      try (Socket waiting = connect(box.network().address(PORT))) {
        waiting.getOutputStream().write(1);
        assertThat(box.exec("echo", "quick").stdout()).isEqualTo("quick\n");
        box.exec(Command.of("kill", "-CONT", pid()));
        assertThat(waiting.getInputStream().read()).isEqualTo(1);
      }
      assertThat(server.isRunning()).isTrue();
    }
  }

  private String pid() {
    return box.exec("pidof", "network").stdout().trim();
  }
}
