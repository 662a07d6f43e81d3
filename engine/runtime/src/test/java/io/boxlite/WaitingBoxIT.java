package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.memory.Ledgers;
import io.boxlite.internal.host.memory.MemoryLedger;
import io.boxlite.internal.host.memory.MemoryReservation;
import io.boxlite.internal.vm.Leftovers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Boxes that wait for memory, and callers that give up: nothing of them is left. */
@Timeout(120)
class WaitingBoxIT {
  private static final int BOX = 128;
  private static final int CHARGE = BOX + MemoryLedger.OVERHEAD_MIB;
  private static final BoxOptions SMALL = BoxOptions.builder().memoryMib(BOX).build();

  private final Home home = Home.open(Path.of(System.getProperty("boxlite.home", "target/home")));

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(home);
  }

  private Boxlite open(int memoryLimitMib, int poolSize) {
    return Boxlite.open(options(memoryLimitMib, poolSize).build());
  }

  private BoxliteOptions.Builder options(int memoryLimitMib, int poolSize) {
    return BoxliteOptions.builder()
        .home(home.root())
        .memoryLimitMib(memoryLimitMib)
        .poolSize(poolSize);
  }

  @Test
  void aBoxWaitsUntilThereIsMemoryForIt() throws Exception {
    try (Boxlite boxlite = open(CHARGE, 0)) {
      LiteBox first = boxlite.create(SMALL);
      CompletableFuture<LiteBox> second = createLater(boxlite);
      awaitWaiting();
      assertThat(second).isNotDone();
      first.close();
      try (LiteBox box = second.get(30, TimeUnit.SECONDS)) {
        assertThat(box.exec("echo", "at last").stdout()).isEqualTo("at last\n");
      }
    }
  }

  @Test
  void aBoxThatIsLostGivesItsMemoryBackBeforeItIsClosed() {
    try (Boxlite boxlite = open(CHARGE, 0);
        LiteBox lost = boxlite.create(SMALL)) {
      ProcessHandle.of(lost.info().hypervisorPid()).orElseThrow().destroyForcibly();
      boxlite.create(SMALL).close();
      await().untilAsserted(() -> assertThat(lost.info().state()).isEqualTo(BoxState.LOST));
    }
  }

  @Test
  void aWaitIsAsLongAsTheSettingSays() {
    Map<String, String> oneSecond = Map.of("boxlite.start.timeout", "1");
    // No box has the memory: to start would take one longer where the machine is busy.
    try (Boxlite boxlite = Boxlite.open(options(CHARGE, 0).fallbackSettings(oneSecond).build());
        MemoryReservation all = ledger().admit("other", "", BOX, Duration.ofSeconds(30))) {
      all.label("judge");
      assertThatExceptionOfType(BoxStartException.class)
          .isThrownBy(() -> boxlite.create(SMALL))
          .withMessageContaining("it waited 1000 ms for 224 MiB")
          .withMessageContaining("by box other (judge) of JVM");
      assertThat(boxlite.list()).isEmpty();
    }
  }

  @Test
  void aWaitThatIsTooLongTellsWhoHasTheMemory() {
    try (Boxlite boxlite = open(CHARGE, 0);
        LiteBox first = boxlite.create(SMALL.toBuilder().name("judge").build())) {
      assertThatExceptionOfType(BoxStartException.class)
          .isThrownBy(
              () -> boxlite.create(SMALL.toBuilder().startTimeout(Duration.ofMillis(50)).build()))
          .withMessageContaining("it waited 50 ms for 224 MiB")
          .withMessageContaining("by box " + first.id() + " (judge) of JVM");
      assertThat(boxlite.list()).containsExactly(first);
    }
  }

  @Test
  void whatIsKeptReadyGivesWayToABoxThatIsAskedFor() {
    try (Boxlite boxlite = open(2 * CHARGE, 1)) {
      boxlite.create(SMALL).close();
      // The pool has one, and one is not enough for a box of another size.
      awaitPooled();
      boxlite.create(BoxOptions.builder().memoryMib(BOX + CHARGE).build()).close();
    }
  }

  @Test
  void anInterruptedCallerLeavesNothing() throws Exception {
    try (Boxlite boxlite = open(10 * CHARGE, 0)) {
      boxlite.create(SMALL).close();
      for (int millis : new int[] {0, 5, 15, 30, 50, 80, 120}) {
        CompletableFuture<Boolean> stillInterrupted = new CompletableFuture<>();
        Thread caller =
            new Thread(
                () -> {
                  try {
                    boxlite.create(SMALL).close();
                    // Where that was quicker, the interrupt is yet to come; or it was forgotten.
                    Thread.sleep(10_000);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  } catch (BoxliteException e) {
                    if (!String.valueOf(e.getMessage()).contains("interrupted")) {
                      stillInterrupted.completeExceptionally(e);
                    }
                  } finally {
                    stillInterrupted.complete(Thread.currentThread().isInterrupted());
                  }
                });
        caller.start();
        caller.join(millis + 1);
        caller.interrupt();
        assertThat(stillInterrupted.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(boxlite.list()).isEmpty();
        Leftovers.assertNoFiles(home);
      }
    }
  }

  @Test
  void anInterruptedWaitForMemoryLeavesNothing() throws Exception {
    try (Boxlite boxlite = open(CHARGE, 0);
        LiteBox first = boxlite.create(SMALL)) {
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      Thread caller =
          new Thread(
              () -> {
                try {
                  boxlite.create(SMALL).close();
                } catch (BoxStartException e) {
                  failure.complete(e);
                }
              });
      caller.start();
      awaitWaiting();
      caller.interrupt();
      assertThat(failure.get(30, TimeUnit.SECONDS)).hasMessageContaining("interrupted");
      assertThat(boxlite.list()).containsExactly(first);
      first.close();
      boxlite.create(SMALL).close();
    }
  }

  @Test
  void closingTheOwnerEndsABoxThatIsStillStarting() throws Exception {
    Boxlite boxlite = open(CHARGE, 0);
    CompletableFuture<LiteBox> starting;
    Duration timeout = Duration.ofSeconds(30);
    try (MemoryReservation all = ledger().admit("other", "", BOX, timeout)) {
      all.label("so that the start does not end before this test is ready for it");
      starting = createLater(boxlite);
      awaitWaiting();
      boxlite.close();
    }
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(starting::join)
        .havingCause()
        .isInstanceOfAny(IllegalStateException.class, BoxliteException.class);
    assertThatIllegalStateException().isThrownBy(() -> boxlite.create(SMALL));
  }

  private static CompletableFuture<LiteBox> createLater(Boxlite boxlite) {
    return CompletableFuture.supplyAsync(() -> boxlite.create(SMALL));
  }

  private void awaitWaiting() {
    await().pollInterval(Duration.ofMillis(10)).until(() -> ledger().isShort());
  }

  private void awaitPooled() {
    await().pollInterval(Duration.ofMillis(10)).until(() -> !Ledgers.isIdle(home));
  }

  private MemoryLedger ledger() {
    return MemoryLedger.open(home, Optional.empty());
  }
}
