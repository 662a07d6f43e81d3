package io.boxlite.internal.vm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a QEMU does that is broken, or that a guest has broken into. */
@Timeout(120)
class QmpPeerTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @TempDir Path directory;
  private QmpClient qmp;
  private SocketChannel peer;

  @BeforeEach
  void connect() throws Exception {
    qmp = new QmpClient(directory.resolve("qmp.sock"), "peer", event -> {});
    peer = SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("qmp.sock")));
  }

  @AfterEach
  void disconnect() throws Exception {
    peer.close();
    qmp.close();
  }

  private void say(String text) throws Exception {
    say(peer, text);
  }

  private static void say(SocketChannel peer, String text) throws Exception {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      peer.write(bytes);
    }
  }

  @Test
  void linesThatAreNoAnswersArePassedOver() throws Exception {
    say("not JSON\n\n[]\n42\n{\"return\": {}, \"id\": \"77\"}\n{\"event\": 3}\n");
    say("{\"QMP\": {\"version\": 1}}\n");
    assertThat(greeting().path("version").asInt()).isEqualTo(1);
  }

  /** Enters command mode, and returns the greeting. */
  private JsonNode greeting() throws Exception {
    CompletableFuture<JsonNode> greeted =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return qmp.negotiate(TIMEOUT);
              } catch (QmpException | InterruptedException e) {
                throw new CompletionException(e);
              }
            });
    assertThat(peer.read(ByteBuffer.allocate(1024))).isPositive(); // qmp_capabilities
    say("{\"return\": {}, \"id\": \"1\"}\n");
    return greeted.get(10, SECONDS);
  }

  @Test
  void aFloodOfLinesThatAreNoAnswersEndsTheSession() throws Exception {
    String lines = "\u001b[31mnot JSON\n".repeat(1000);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1000; i++) {
                say(lines);
              }
            })
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> qmp.negotiate(TIMEOUT))
        .hasMessageContaining("101 lines that are not QMP messages");
  }

  @Test
  void aFloodOfEventsIsHeldUp() throws Exception {
    String events = "{\"event\": \"NONSENSE\"}\n".repeat(40_000);
    long start = System.nanoTime();
    for (int i = 0; i < 10; i++) {
      say(events); // 0.9 MB each: the first 4 MiB at any speed, the others at 4 MiB/s
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(800));
  }

  @Test
  void whatARefusalSaysIsMadeVisible() throws Exception {
    CompletableFuture<JsonNode> answer = qmp.send("x", Map.of());
    say("{\"error\": {\"class\": \"C\", \"desc\": \"\\u001b[2J\\nlast\"}, \"id\": \"1\"}\n");
    assertThatThrownBy(() -> answer.get(10, SECONDS)).hasMessageContaining("\\x1b[2J last");
  }

  @Test
  void aLineWithoutAnEndEndsTheSession() throws Exception {
    String chunk = "x".repeat(1 << 20);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 64; i++) {
                say(chunk);
              }
            })
        // "Broken pipe", or "reset" where this very write waits for room: af_unix.c has both.
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> qmp.negotiate(TIMEOUT)).hasMessageContaining("sent a line of more");
  }

  @Test
  void aGreetingThatIsTooLongIsNotKept() throws Exception {
    say("{\"QMP\": [" + "{},".repeat(100_000) + "{}]}\n{\"QMP\": {\"version\": 2}}\n");
    assertThat(greeting().path("version").asInt()).isEqualTo(2);
  }

  @Test
  void longLinesAreNotKept() throws Exception {
    String line = "{\"event\": \"" + "x".repeat(1_000_000) + "\"}\n";
    long before = usedMib();
    List<AutoCloseable> sessions = new ArrayList<>();
    try {
      for (int i = 0; i < 30; i++) {
        CountDownLatch arrived = new CountDownLatch(1);
        Path path = directory.resolve(i + ".sock");
        sessions.add(new QmpClient(path, "peer" + i, event -> arrived.countDown()));
        SocketChannel other = SocketChannel.open(UnixDomainSocketAddress.of(path));
        sessions.add(other);
        say(other, line);
        assertThat(arrived.await(TIMEOUT.toSeconds(), SECONDS)).isTrue();
      }
      assertThat(usedMib()).isLessThan(before + 10);
    } finally {
      for (AutoCloseable each : sessions) {
        each.close();
      }
    }
  }

  private static long usedMib() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20;
  }

  @Test
  void aConnectionThatClosesAtOnceFailsTheGreeting() throws Exception {
    peer.close();
    assertThatThrownBy(() -> qmp.negotiate(TIMEOUT))
        .isInstanceOf(QmpException.class)
        .hasMessage("QEMU did not answer the greeting: QEMU has closed the connection");
  }
}
