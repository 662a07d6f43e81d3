package io.boxlite.internal.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.boxlite.internal.host.ChildProcess;
import io.boxlite.internal.host.hypervisor.QemuBinary;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a real QEMU that has no machine to run. */
@Timeout(120)
class QmpClientIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir Path directory;
  private final BlockingQueue<QmpEvent> events = new LinkedBlockingQueue<>();
  private QmpClient qmp;
  private ChildProcess qemu;

  @BeforeEach
  void startQemu() throws IOException {
    qmp = new QmpClient(directory.resolve("qmp.sock"), "qmp", events::add);
    qemu =
        ChildProcess.start(
            "qmp",
            List.of(
                QemuBinary.find(Optional.empty()).path().toString(),
                "-machine",
                "none",
                "-nodefaults",
                "-display",
                "none",
                "-chardev",
                "socket,id=monitor,path=qmp.sock",
                "-mon",
                "chardev=monitor,mode=control"),
            directory);
  }

  @AfterEach
  void stopQemu() {
    qemu.close();
    qmp.close();
  }

  private void signal(String name) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(qemu.identity().pid()))
                .start()
                .waitFor())
        .isZero();
  }

  @Test
  void negotiatesAndAnswers() throws Exception {
    assertThat(qmp.negotiate(TIMEOUT).at("/version/qemu/major").asInt()).isGreaterThan(6);
    assertThat(qmp.execute("query-status", TIMEOUT).path("running").isBoolean()).isTrue();
    assertThat(
            qmp.execute("qom-list", Map.of("path", "/machine"), TIMEOUT).findValuesAsText("name"))
        .contains("type");
  }

  @Test
  void aRefusalTellsClassAndDescription() throws Exception {
    qmp.negotiate(TIMEOUT);
    assertThatThrownBy(() -> qmp.execute("make-coffee", TIMEOUT))
        .isInstanceOf(QmpException.class)
        .hasMessageContaining("make-coffee has not been found")
        .hasMessageEndingWith("(CommandNotFound)");
    assertThatThrownBy(() -> qmp.execute("qom-list", Map.of("path", "/nowhere"), TIMEOUT))
        .hasMessageContaining("QEMU refused qom-list")
        .hasMessageContaining("/nowhere");
  }

  @Test
  void manyThreadsGetTheirOwnAnswers() throws Exception {
    qmp.negotiate(TIMEOUT);
    List<CompletableFuture<JsonNode>> answers = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String path = i % 2 == 0 ? "/chardevs" : "/machine";
      threads.add(
          new Thread(
              () -> {
                for (int n = 0; n < 100; n++) {
                  CompletableFuture<JsonNode> answer =
                      qmp.send("qom-get", Map.of("path", path, "property", "type"));
                  CompletableFuture<JsonNode> checked =
                      answer.thenApply(
                          type -> {
                            assertThat(type.asText())
                                .isEqualTo(path.equals("/machine") ? "none-machine" : "container");
                            return type;
                          });
                  synchronized (answers) {
                    answers.add(checked);
                  }
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(answers).hasSize(800);
    for (CompletableFuture<JsonNode> answer : answers) {
      answer.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void eventsReachTheListener() throws Exception {
    qmp.negotiate(TIMEOUT);
    qmp.execute("quit", TIMEOUT);
    QmpEvent event = events.poll(20, TimeUnit.SECONDS);
    assertThat(event.name()).isEqualTo("SHUTDOWN");
    assertThat(event.data().path("reason").asText()).isEqualTo("host-qmp-quit");
  }

  @Test
  void aLateAnswerIsDroppedAndTheSessionGoesOn() throws Exception {
    qmp.negotiate(TIMEOUT);
    signal("STOP");
    assertThatThrownBy(() -> qmp.execute("query-name", Duration.ofMillis(100)))
        .isInstanceOf(QmpException.class)
        .hasMessage("QEMU did not answer query-name: waited 100 ms");
    signal("CONT");
    assertThat(qmp.execute("query-status", TIMEOUT).has("status")).isTrue();
  }

  @Test
  void anInterruptEndsTheWaitingAndNotTheSession() throws Exception {
    qmp.negotiate(TIMEOUT);
    signal("STOP");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> qmp.execute("query-name", TIMEOUT))
        .isInstanceOf(InterruptedException.class);
    signal("CONT");
    assertThat(qmp.execute("query-status", TIMEOUT).has("status")).isTrue();
  }

  @Test
  void whatIsPendingFailsWhenQemuDies() throws Exception {
    qmp.negotiate(TIMEOUT);
    signal("STOP");
    CompletableFuture<JsonNode> pending = qmp.send("query-status", Map.of());
    signal("KILL");
    assertThatThrownBy(() -> pending.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("QEMU did not answer query-status");
    assertThatThrownBy(() -> qmp.execute("query-status", TIMEOUT)).isInstanceOf(QmpException.class);
  }

  @Test
  void whatIsPendingFailsWhenTheSessionIsClosed() throws Exception {
    qmp.negotiate(TIMEOUT);
    signal("STOP");
    CompletableFuture<JsonNode> pending = qmp.send("query-status", Map.of());
    qmp.close();
    assertThatThrownBy(() -> pending.get(20, TimeUnit.SECONDS))
        .hasMessageContaining("the session was closed");
  }

  @Test
  void aQemuThatNeverReadsIsAnErrorAndNoHang() throws Exception {
    qmp.negotiate(TIMEOUT);
    signal("STOP");
    String padding = "x".repeat(10_000);
    CompletableFuture<JsonNode> last = new CompletableFuture<>();
    for (int i = 0; i < 1000 && !last.isCompletedExceptionally(); i++) {
      last = qmp.send("qom-list", Map.of("path", padding));
    }
    CompletableFuture<JsonNode> refused = last;
    assertThatThrownBy(() -> refused.get(20, TimeUnit.SECONDS))
        .hasMessageContaining("QEMU does not read its input");
  }
}
