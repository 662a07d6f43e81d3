package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.HOST_V4;
import static io.boxlite.network.NetworkPrograms.line;
import static io.boxlite.network.NetworkPrograms.run;
import static io.boxlite.network.NetworkPrograms.small;
import static io.boxlite.network.NetworkPrograms.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.CProgram;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many connections that send little or read nothing, on either side, harm nobody else. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
class SlowPeersIT {
  private static final int PORT = 7000;
  private static final int CONNECTIONS = 300;
  private static final int ATTEMPTS = 5;
  private static final Duration QUICK = Duration.ofSeconds(3);

  /** How often each slow connection sends a byte. */
  private static final String MILLIS = "500";

  /** What may change of this JVM's memory while nothing more is taken. */
  private static final long MOST_GROWTH_KIB = 16 << 10;

  private Boxlite boxlite;
  private LiteBox box;
  private LiteBox other;

  @BeforeAll
  void create(@TempDir Path directory) {
    boxlite = Boxlite.open(BoxliteOptions.builder().poolSize(0).build());
    Network host = Network.allow("host.boxlite.internal");
    NetworkPrograms programs = new NetworkPrograms(directory);
    box = programs.copyInto(boxlite.create(small().network(host).ports(PORT).build()));
    other = programs.copyInto(boxlite.create(small().network(host).build()));
    box.copyIn(CProgram.compile("trickle", directory), "/trickle");
    box.copyIn(CProgram.compile("lingering", directory), "/lingering");
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  @Test
  void programsThatSendLittle() {
    try (HostServer echo = HostServer.echo();
        HostServer drain = drain();
        Execution trickling =
            box.start(
                Command.of(
                        "/trickle",
                        HOST_V4,
                        String.valueOf(drain.port()),
                        String.valueOf(CONNECTIONS),
                        MILLIS)
                    .timeout(Duration.ofMinutes(2)))) {
      assertThat(line(trickling)).isEqualTo("connected");
      for (int i = 0; i < ATTEMPTS; i++) {
        assertExchangesQuickly(box, echo);
        assertExchangesQuickly(other, echo);
      }
      assertThat(trickling.isRunning()).isTrue();
    }
  }

  private static HostServer drain() {
    return new HostServer(connection -> connection.getInputStream().readAllBytes().length);
  }

  private static void assertExchangesQuickly(LiteBox box, HostServer echo) {
    long begin = System.nanoTime();
    assertThat(run(box, "send-then-read", HOST_V4, echo.port(), "text")).isEqualTo("text|end");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(QUICK);
  }

  @Test
  void clientsThatSendLittle() throws Exception {
    InetSocketAddress address = box.network().address(PORT);
    List<Socket> slow = new ArrayList<>();
    try (Execution unused = start(box, "listening", "echo", "0.0.0.0", PORT)) {
      for (int i = 0; i < CONNECTIONS; i++) {
        slow.add(new Socket(address.getAddress(), address.getPort()));
      }
      for (int i = 0; i < ATTEMPTS; i++) {
        for (Socket socket : slow) {
          socket.getOutputStream().write('G');
        }
        long begin = System.nanoTime();
        try (Socket quick = new Socket(address.getAddress(), address.getPort())) {
          quick.setSoTimeout(30_000);
          quick.getOutputStream().write(i);
          assertThat(quick.getInputStream().read()).isEqualTo(i);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(QUICK);
      }
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  /** Servers send to programs that never read: what is under way is bounded, and stays so. */
  @Test
  void programsThatReadNothing() throws Exception {
    AtomicLong sent = new AtomicLong();
    CountDownLatch flood = new CountDownLatch(1);
    try (HostServer server =
            new HostServer(
                connection -> {
                  byte[] zeros = new byte[1 << 16];
                  connection.setSendBufferSize(zeros.length); // this side is not what is tested
                  connection.getOutputStream().write(connection.getInputStream().read());
                  flood.await(60, TimeUnit.SECONDS);
                  while (true) {
                    connection.getOutputStream().write(zeros);
                    sent.addAndGet(zeros.length);
                  }
                });
        Execution idle =
            start(
                box,
                CONNECTIONS + " exchanged a byte",
                "many",
                HOST_V4,
                server.port(),
                String.valueOf(CONNECTIONS))) {
      flood.countDown();
      await()
          .atMost(Duration.ofMinutes(1))
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> {
                long before = sent.get();
                Thread.sleep(2000);
                return before == sent.get();
              });
      long before = residentKib();
      Thread.sleep(5000);
      assertThat(residentKib() - before).isLessThan(MOST_GROWTH_KIB);
      assertThat(box.exec("echo", "quick").stdout()).isEqualTo("quick\n");
      assertThat(idle.isRunning()).isTrue();
    }
  }

  /** A connection counts until the program has got all that its server had sent. */
  @Test
  void programsThatLeaveConnectionsBehind() {
    try (HostServer server =
        new HostServer(
            connection -> {
              connection.getOutputStream().write(new byte[10 << 10]);
              return connection.getInputStream().read();
            })) {
      ExecResult result =
          box.exec(
              Command.of("/lingering", HOST_V4, String.valueOf(server.port()))
                  .timeout(Duration.ofMinutes(1)));

      assertThat(result.stderr()).isEqualTo("connect: Connection refused\n");
      assertThat(result.stdout().lines().count()).isBetween(2000L, 2048L);
    }
    assertThat(box.network().log().events())
        .last()
        .asString()
        .contains("the box has 2048 connections already");
  }

  private static long residentKib() throws IOException {
    HostResources.heapKib(); // collects garbage
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }
}
