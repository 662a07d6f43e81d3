package io.boxlite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How boxes come and go, and what is left of them: nothing. */
@Timeout(120)
class BoxLifeIT {
  private Boxlite boxlite;

  @BeforeEach
  void open() {
    boxlite = Boxlite.open();
  }

  @AfterEach
  void nothingIsLeft() {
    List<Long> processes = boxlite.list().stream().map(box -> box.info().hypervisorPid()).toList();
    Path home = boxlite.host().home();
    boxlite.close();
    assertThat(processes).allSatisfy(pid -> assertThat(ProcessHandle.of(pid)).isEmpty());
    assertThat(directoriesOfBoxes(home)).isEmpty();
    // Netty ends a helper thread of its own a second after its last use.
    await().untilAsserted(() -> assertThat(threadsOfBoxes()).isEmpty());
  }

  /** Pages that a template does not use cost its first box twice: see QemuLaunchers. */
  @Test
  void aBoxMayUseAllOfItsMemory() {
    LiteBox box = boxlite.create(BoxOptions.builder().memoryMib(390).build());
    ExecResult filled =
        box.exec("sh", "-c", "head -c 340m /dev/zero >/file && cat /file >/dev/null");
    assertThat(filled.outcome()).as("%s", filled).isEqualTo(Outcome.EXITED);
    assertThat(box.exec("true").exitCode()).isZero();
  }

  @Test
  void aBoxThatDiesInTheMiddleLeavesTheOthersAlone() throws Exception {
    LiteBox victim = boxlite.create(BoxOptions.builder().name("victim").build());
    LiteBox other = boxlite.create(BoxOptions.builder().build());
    try (Execution longer = other.start(Command.of("sh", "-c", "read x; echo $x"));
        Execution running = victim.start(Command.of("sh", "-c", "echo begun; sleep 1000"))) {
      CompletableFuture<ExecResult> waiting =
          CompletableFuture.supplyAsync(() -> victim.exec("sleep", "1000"));
      assertThat(running.stdout().readNBytes(6)).asString().isEqualTo("begun\n");
      await().until(() -> victim.exec("pidof", "sleep").stdout().contains(" "));

      victim.exec(Command.of("tail", "/dev/zero").memoryMib(8)); // the kernel has something to say

      ProcessHandle.of(victim.info().hypervisorPid()).orElseThrow().destroyForcibly();

      ExecResult lost = running.onExit().get(15, TimeUnit.SECONDS);
      assertThat(lost.outcome()).isEqualTo(Outcome.BOX_LOST);
      assertThat(lost.exitCode()).isEqualTo(-1);
      assertThat(lost.loss().orElseThrow())
          .contains("box " + victim.id() + " was lost")
          .contains("console:", "out of memory");
      assertThat(waiting.get(15, TimeUnit.SECONDS).outcome()).isEqualTo(Outcome.BOX_LOST);
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> running.stdout().read())
          .withMessageContaining(victim.id());
      assertThat(victim.info().state()).isEqualTo(BoxState.LOST);
      assertThat(victim.info().loss()).isPresent();
      assertThatExceptionOfType(BoxLostException.class)
          .isThrownBy(() -> victim.exec("true"))
          .withMessageContaining(victim.id())
          .satisfies(e -> assertThat(e.consoleTail()).contains("out of memory"));

      longer.stdin().write("alive\n".getBytes(UTF_8));
      assertThat(longer.await().stdout()).isEqualTo("alive\n");
      assertThat(other.exec("echo", "hi").stdout()).isEqualTo("hi\n");
    }
  }

  @Test
  void closingABoxEndsWhatRunsInIt() throws Exception {
    LiteBox box = boxlite.create(BoxOptions.builder().build());
    CompletableFuture<ExecResult> waiting =
        CompletableFuture.supplyAsync(() -> box.exec("sleep", "1000"));
    try (Execution running = box.start(Command.of("sleep", "1000"))) {
      await().until(() -> box.exec("pidof", "sleep").stdout().contains(" "));
      ExecutorService closers = Executors.newFixedThreadPool(4);
      try {
        List<Callable<Boolean>> closes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          closes.add(
              () -> {
                box.close();
                return ProcessHandle.of(box.info().hypervisorPid()).isEmpty();
              });
        }
        for (Future<Boolean> close : closers.invokeAll(closes)) {
          assertThat(close.get()).isTrue();
        }
      } finally {
        closers.shutdownNow();
      }
      ExecResult lost = waiting.get(15, TimeUnit.SECONDS);
      assertThat(lost.outcome()).isEqualTo(Outcome.BOX_LOST);
      assertThat(lost.loss().orElseThrow()).contains("was closed");
      assertThat(running.await().outcome()).isEqualTo(Outcome.BOX_LOST);
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> box.exec("true"))
        .withMessageContaining(box.id());
    assertThatIllegalStateException().isThrownBy(() -> box.start(Command.of("true")));
    assertThat(box.info().state()).isEqualTo(BoxState.STOPPED);
    assertThat(boxlite.list()).isEmpty();
    assertThat(boxlite.get(box.id())).isEmpty();
  }

  @Test
  void boxesAreFoundByIdAndByName() {
    LiteBox box = boxlite.create(BoxOptions.builder().name("judge").build());
    assertThat(box.id()).matches("[0-9a-f]{12}");
    assertThat(box.name()).contains("judge");
    assertThat(boxlite.get("judge")).containsSame(box);
    assertThat(boxlite.get(box.id())).containsSame(box);
    assertThat(boxlite.get("other")).isEmpty();
    assertThat(boxlite.list()).containsExactly(box);
    assertThat(box.exec("hostname").stdout()).isEqualTo(box.id() + "\n");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> boxlite.create(BoxOptions.builder().name("judge").build()))
        .withMessageContaining("name is \"judge\"")
        .withMessageContaining(box.id());
    assertThatIllegalStateException()
        .isThrownBy(() -> boxlite.remove("judge", false))
        .withMessageContaining("is running");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> boxlite.remove("other", true))
        .withMessageContaining("idOrName is \"other\"");

    box.stop();
    assertThat(boxlite.get("judge")).containsSame(box);
    assertThatIllegalStateException()
        .isThrownBy(() -> box.exec("true"))
        .withMessageContaining("judge");
    box.stop();
    boxlite.remove("judge", false);
    box.stop();
    box.close();
    assertThat(boxlite.list()).isEmpty();
    LiteBox second = boxlite.create(BoxOptions.builder().name("judge").build());
    boxlite.remove(second.id(), true);
    assertThat(boxlite.get("judge")).isEmpty();
  }

  @Test
  void manyBoxesRunAtOnceAndAreClosedWithTheirOwner() throws Exception {
    int count = 4;
    ExecutorService threads = Executors.newFixedThreadPool(count);
    List<Long> processes = new ArrayList<>();
    try {
      List<Callable<LiteBox>> creations = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String mark = "mark" + i;
        creations.add(
            () -> {
              LiteBox box =
                  boxlite.create(BoxOptions.builder().memoryMib(128).env("MARK", mark).build());
              assertThat(box.exec("sh", "-c", "echo $MARK | tee /tmp/mark").stdout())
                  .isEqualTo(mark + "\n");
              return box;
            });
      }
      for (Future<LiteBox> creation : threads.invokeAll(creations)) {
        processes.add(creation.get().info().hypervisorPid());
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(boxlite.list()).hasSize(count);
    assertThat(boxlite.list())
        .allSatisfy(box -> assertThat(box.exec("cat", "/tmp/mark").stdout()).startsWith("mark"));
    boxlite.close();
    assertThat(processes).allSatisfy(pid -> assertThat(ProcessHandle.of(pid)).isEmpty());
    boxlite.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> boxlite.create(BoxOptions.builder().build()))
        .withMessageContaining("closed");
  }

  @Test
  void anImageThatIsNotThereIsNamed() {
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(
            () ->
                boxlite.create(
                    BoxOptions.image("no/such:image")
                        .pullPolicy(PullPolicy.NEVER)
                        .name("n")
                        .build()))
        .withMessageContaining("no/such:image");
    // The name is free again.
    boxlite.create(BoxOptions.builder().name("n").build());
  }

  @Test
  void aMachineWithoutQemuSaysHowToGetIt() {
    Path nowhere = Path.of("/no/such/qemu");
    try (Boxlite without = Boxlite.open(BoxliteOptions.builder().qemu(nowhere).build())) {
      assertThatExceptionOfType(HypervisorUnavailableException.class)
          .isThrownBy(() -> without.create(BoxOptions.builder().build()))
          .withMessageContaining("boxlite.qemu is /no/such/qemu");
      assertThat(without.list()).isEmpty();
    }
  }

  @Test
  void aGuestThatIsNotReadyInTimeIsEnded() {
    assertThatExceptionOfType(BoxStartException.class)
        .isThrownBy(
            () -> boxlite.create(BoxOptions.builder().startTimeout(Duration.ofMillis(1)).build()))
        .withMessageContaining("within 1 ms");
    assertThat(boxlite.list()).isEmpty();
  }

  private static List<String> threadsOfBoxes() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(
            name ->
                name.startsWith("boxlite")
                    || name.startsWith("grpc")
                    || name.startsWith("globalEventExecutor"))
        .toList();
  }

  private static List<Path> directoriesOfBoxes(Path home) {
    try (Stream<Path> entries = Files.list(home.resolve("boxes"))) {
      return entries.filter(Files::isDirectory).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
