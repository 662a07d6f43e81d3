package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.HOST_V4;
import static io.boxlite.network.NetworkPrograms.HOST_V6;
import static io.boxlite.network.NetworkPrograms.command;
import static io.boxlite.network.NetworkPrograms.line;
import static io.boxlite.network.NetworkPrograms.run;
import static io.boxlite.network.NetworkPrograms.small;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import io.boxlite.NetworkEvent;
import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkEvent.Result;
import io.boxlite.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TCP connections of programs in a box, as both sides see them. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class ConnectionsIT {
  private static final int UNUSED_PORT = 1;

  private Boxlite boxlite;
  private LiteBox box;

  @BeforeAll
  void create(@TempDir Path directory) {
    boxlite = Boxlite.open();
    Network network = Network.allow("host.boxlite.internal", "192.0.2.0/24:443");
    box = new NetworkPrograms(directory).copyInto(boxlite.create(small().network(network).build()));
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {HOST_V4, HOST_V6})
  void aProgramEndsItsDirectionFirst(String address) throws Exception {
    try (HostServer server =
        new HostServer(
            connection -> {
              String all = new String(connection.getInputStream().readAllBytes(), UTF_8);
              connection.getOutputStream().write(("got " + all).getBytes(UTF_8));
              return all;
            })) {
      assertThat(run(box, "send-then-read", address, server.port(), "text"))
          .isEqualTo("got text|end");
      assertThat(server.outcome()).isEqualTo("text");
    }
  }

  @Test
  void theServerEndsItsDirectionFirst() throws Exception {
    try (HostServer server =
        new HostServer(
            connection -> {
              connection.getOutputStream().write("first".getBytes(UTF_8));
              connection.shutdownOutput();
              return new String(connection.getInputStream().readAllBytes(), UTF_8);
            })) {
      assertThat(run(box, "read-then-send", HOST_V4, server.port(), "answer"))
          .isEqualTo("first|end");
      assertThat(server.outcome()).isEqualTo("answer");
    }
  }

  @Test
  void aServerThatListensForIpv6Only() throws Exception {
    try (HostServer server =
        new HostServer("::1", connection -> connection.getInputStream().readAllBytes().length)) {
      assertThat(run(box, "send-then-read", HOST_V4, server.port(), "four")).isEqualTo("|end");
      assertThat(server.outcome()).isEqualTo(4);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {HOST_V4, HOST_V6})
  void theServerSeesThatAProgramResets(String address) throws Exception {
    try (HostServer server =
        new HostServer(
            connection -> {
              int first = connection.getInputStream().read();
              connection.getOutputStream().write(first);
              return connection.getInputStream().read();
            })) {
      run(box, "reset", address, server.port());
      assertThat(server.outcome()).isInstanceOf(SocketException.class).asString().contains("reset");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {HOST_V4, HOST_V6})
  void aProgramSeesThatTheServerResets(String address) {
    try (HostServer server =
        new HostServer(
            connection -> {
              connection.getInputStream().read();
              connection.setSoLinger(true, 0);
              return 0;
            })) {
      assertThat(run(box, "read", address, server.port()))
          .isEqualTo("connected\nread: Connection reset by peer");
    }
  }

  @Test
  void nobodyReadsWhatAProgramWrites() throws Exception {
    try (HostServer server = new HostServer(connection -> 0)) {
      ExecResult result =
          box.exec(
              command("stuff", HOST_V4, server.port()).stdin("").timeout(Duration.ofSeconds(20)));
      // It depends on whether the server was gone before it got the first of the data.
      assertThat(result.stdout())
          .containsAnyOf("write: Broken pipe", "write: Connection reset by peer");
    }
  }

  @Test
  void whatIsRefusedFailsAtOnce() {
    assertThat(run(box, "connect", HOST_V4, UNUSED_PORT)).isEqualTo("Connection refused");
    assertThat(run(box, "connect", HOST_V6, UNUSED_PORT)).isEqualTo("Connection refused");
    assertThat(run(box, "connect", "10.1.2.3", 80)).isEqualTo("No route to host");
    assertThat(run(box, "connect", "203.0.113.1", 80)).isEqualTo("No route to host");
    assertThat(run(box, "connect", "2001:db8::1", 80)).isEqualTo("Permission denied");
    assertThat(run(box, "connect", "192.0.2.1", 80)).isEqualTo("No route to host");
    assertThat(run(box, "connect", "127.0.0.1", UNUSED_PORT)).isEqualTo("Connection refused");
    assertThat(run(box, "connect", "198.18.0.2", UNUSED_PORT)).isEqualTo("Connection refused");
    assertThat(run(box, "poll", "10.1.2.3", 80)).isEqualTo("No route to host");
    assertThat(run(box, "poll", HOST_V4, UNUSED_PORT)).isEqualTo("Connection refused");
    assertThat(run(box, "poll", "2001:db8::1", 80)).isEqualTo("Permission denied");
  }

  @Test
  void nothingButTcpLeavesTheBox() {
    for (String address : List.of("8.8.8.8", HOST_V4, HOST_V6, "2001:db8::1", "192.0.2.1")) {
      assertThat(run(box, "udp", address, 443))
          .as(address)
          .isEqualTo("sendto: Network is unreachable");
    }
    assertThat(run(box, "ping", "8.8.8.8", 0)).isEqualTo("sendto: Network is unreachable");
    assertThat(run(box, "ping", HOST_V4, 0)).isEqualTo("sendto: Network is unreachable");
  }

  @Test
  void manyThreadsConnect() {
    try (HostServer server = HostServer.echo()) {
      assertThat(run(box, "threads", HOST_V4, server.port(), "16")).isEqualTo("done");
    }
  }

  @Test
  void aProgramMayGiveUpWaiting() throws Exception {
    List<SocketChannel> filling = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      fillBacklog(silent, filling);
      long start = System.nanoTime();
      Command waiting = command("connect", HOST_V4, silent.getLocalPort());
      ExecResult result = box.exec(waiting.timeout(Duration.ofSeconds(1)));
      assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
      assertThat(result.stdout()).isEmpty();
      try (Execution killed = box.start(waiting)) {
        assertThat(box.exec("true").exitCode()).isZero();
        killed.kill();
        assertThat(killed.await().outcome()).isEqualTo(Outcome.SIGNALED);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
      whatIsRefusedFailsAtOnce();
    } finally {
      for (SocketChannel channel : filling) {
        channel.close();
      }
    }
  }

  @Test
  void aKilledProgramConnectsNoLonger() throws Exception {
    List<SocketChannel> filling = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      fillBacklog(silent, filling);
      try (Execution waiting = box.start(command("connect", HOST_V4, silent.getLocalPort()))) {
        await().until(() -> HostResources.tcpConnecting(silent) == 1);
        waiting.kill();
        awaitNoneConnecting(silent);
      }
    } finally {
      for (SocketChannel channel : filling) {
        channel.close();
      }
    }
  }

  @Test
  void anEndedBoxConnectsNoLonger(@TempDir Path directory) throws Exception {
    List<SocketChannel> filling = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      fillBacklog(silent, filling);
      for (boolean reset : new boolean[] {false, true}) {
        try (LiteBox waiting =
            boxlite.create(small().network(Network.allow("host.boxlite.internal")).build())) {
          new NetworkPrograms(directory).copyInto(waiting);
          Execution unused = waiting.start(command("connect", HOST_V4, silent.getLocalPort()));
          await().until(() -> HostResources.tcpConnecting(silent) == 1);
          if (reset) {
            waiting.reset();
            awaitNoneConnecting(silent);
          }
        }
        awaitNoneConnecting(silent);
      }
    } finally {
      for (SocketChannel channel : filling) {
        channel.close();
      }
    }
  }

  @Test
  void theEngineClosesAtOnceWhileAProgramConnects(@TempDir Path directory) throws Exception {
    List<SocketChannel> filling = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      fillBacklog(silent, filling);
      Boxlite closing = Boxlite.open(BoxliteOptions.builder().poolSize(0).build());
      try (closing) {
        LiteBox waiting =
            closing.create(small().network(Network.allow("host.boxlite.internal")).build());
        new NetworkPrograms(directory).copyInto(waiting);
        Execution unused = waiting.start(command("connect", HOST_V4, silent.getLocalPort()));
        await().until(() -> HostResources.tcpConnecting(silent) == 1);
        long begin = System.nanoTime();
        closing.close();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
      }
      awaitNoneConnecting(silent);
    } finally {
      for (SocketChannel channel : filling) {
        channel.close();
      }
    }
  }

  private static void awaitNoneConnecting(ServerSocket server) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(HostResources.tcpConnecting(server)).isZero());
  }

  /** Connects until the kernel answers no further SYN. */
  private static void fillBacklog(ServerSocket server, List<SocketChannel> filling)
      throws IOException, InterruptedException {
    for (int i = 0; i < 50; i++) {
      SocketChannel channel = SocketChannel.open();
      filling.add(channel);
      channel.configureBlocking(false);
      if (!channel.connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()))) {
        Thread.sleep(200);
        if (!channel.finishConnect()) {
          channel.close(); // or the test would find it
          return;
        }
      }
    }
    throw new AssertionError("the backlog does not fill");
  }

  @Test
  void aProgramCannotPassForTheAgent() throws Exception {
    try (HostServer server = HostServer.echo()) {
      ExecResult marked = box.exec(command("marked", "203.0.113.9", 80));
      assertThat(marked.stdout())
          .isIn(
              "SO_MARK: Operation not permitted\n",
              "connect: Connection reset by peer\n",
              "read: Connection reset by peer\n",
              "connect: Connection refused\n",
              "connect: No route to host\n");
      for (String address : List.of(HOST_V4, "203.0.113.9")) {
        box.exec(command("syns", address, server.port(), "200"));
        box.exec(command("marked-syns", address, server.port(), "200"));
      }
      assertThat(run(box, "send-then-read", HOST_V4, server.port(), "still"))
          .isEqualTo("still|end");
      assertThat(run(box, "connect", "203.0.113.9", 80)).isEqualTo("No route to host");
    }
  }

  @Test
  void theLogHasTheBytesOfAConnection() throws Exception {
    try (HostServer server =
            new HostServer(
                connection -> {
                  connection.getInputStream().readAllBytes();
                  connection.getOutputStream().write(new byte[1000]);
                  return 0;
                });
        LiteBox logged = boxlite.create(options(server))) {
      ExecResult got =
          logged.exec(
              Command.of("sh", "-c", "echo 123456789 | nc host.boxlite.internal " + server.port())
                  .timeout(Duration.ofSeconds(20)));
      assertThat(got.stdoutBytes()).as("%s", got).hasSize(1000);
      logged.exec("nc", "-w", "2", "10.9.8.7", "22");
      logged.exec("nc", "-w", "2", "10.9.8.7", "22");
      logged.exec("nc", "-w", "2", "www.example.com", "22");
      await()
          .untilAsserted(
              () -> assertThat(event(logged, Kind.CONNECT, Result.ALLOWED).duration()).isPresent());
      NetworkEvent event = event(logged, Kind.CONNECT, Result.ALLOWED);
      assertThat(event.bytesSent()).isEqualTo(10);
      assertThat(event.bytesReceived()).isEqualTo(1000);
      assertThat(event.hostNames()).containsExactly("host.boxlite.internal");
      assertThat(event.port()).hasValue(server.port());
      NetworkEvent refused = event(logged, Kind.CONNECT, Result.REFUSED);
      assertThat(refused.times()).isEqualTo(2);
      assertThat(refused.reason().orElseThrow()).contains("10.9.8.7:22");
      assertThat(event(logged, Kind.RESOLVE, Result.REFUSED).hostNames())
          .containsExactly("www.example.com");
      assertThat(logged.network().log().describe()).contains("sent 10 bytes, received 1000 bytes");
    }
  }

  private static BoxOptions options(HostServer server) {
    return small().network(Network.allow("host.boxlite.internal:" + server.port())).build();
  }

  private static NetworkEvent event(LiteBox box, Kind kind, Result result) {
    return box.network().log().events().stream()
        .filter(event -> event.kind() == kind && event.result() == result)
        .findFirst()
        .orElseThrow(() -> new AssertionError(box.network().log().describe()));
  }

  @Test
  void aBoxWithoutANetworkReachesNothing(@TempDir Path directory) {
    try (LiteBox alone = boxlite.create(small().network(Network.none()).build())) {
      new NetworkPrograms(directory).copyInto(alone);
      assertThat(run(alone, "connect", HOST_V4, 80)).isEqualTo("Network is unreachable");
      assertThat(run(alone, "connect", HOST_V6, 80)).isEqualTo("Network is unreachable");
      assertThat(alone.exec("ls", "/sys/class/net").stdout().trim()).isEqualTo("lo");
    }
  }

  @Test
  void aConnectionThatIsOpenDelaysNothing() {
    try (HostServer server =
        new HostServer(
            connection -> new String(connection.getInputStream().readAllBytes(), UTF_8))) {
      try (Execution idle = box.start(command("idle", HOST_V4, server.port()))) {
        assertThat(line(idle)).isEqualTo("connected");
        assertThat(box.exec("echo", "quick").stdout()).isEqualTo("quick\n");
      }
    }
  }
}
