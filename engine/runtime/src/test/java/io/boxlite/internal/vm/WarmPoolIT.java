package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.OpenFileLimit;
import io.boxlite.internal.host.memory.HostMemory;
import io.boxlite.internal.host.memory.MemoryLedger;
import io.boxlite.internal.host.memory.MemoryReservation;
import io.boxlite.internal.vm.machine.BoxDirectories;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.TemplateStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class WarmPoolIT {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final HostMemory PLENTY = new HostMemory(100, 50);
  private static final HostMemory SHORT = new HostMemory(100, 5);

  @TempDir private static Path directory;
  private static Home home;
  private static Machines machines;
  private static TemplateStore templates;
  private static TemplateSpec small;
  private static TemplateSpec large;

  private volatile HostMemory memory = PLENTY;

  @BeforeAll
  static void makeTemplates() {
    TestGuest guest = TestGuest.open();
    home = Home.open(directory);
    machines = new Machines(home, 0, () -> {});
    templates = new TemplateStore(home, () -> {});
    small = new TemplateSpec(guest.kind(1, 192, 64), List.of(), List.of());
    large = new TemplateSpec(guest.kind(1, 256, 64), List.of(), List.of());
    machines.prepare(small, LONG);
    machines.prepare(large, LONG);
  }

  @AfterAll
  static void close() {
    machines.close();
  }

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(home);
  }

  private WarmPool pool(int size, Duration idle) {
    return new WarmPool(size, WarmPoolIT::restore, () -> memory.isShort(), idle);
  }

  private static Optional<ReadyVm> restore(TemplateSpec spec) {
    return templates
        .find(spec)
        .map(
            template -> {
              try {
                MemoryReservation memory =
                    MemoryLedger.open(home, Optional.empty())
                        .admit("pooled", "", spec.kind().machine().memoryMib(), LONG);
                return new Restore(
                        new BoxDirectories(home),
                        spec.kind(),
                        spec.kind().hypervisor().stateSaving().orElseThrow())
                    .run(BoxId.fresh(), template, memory, Optional.empty(), Deadline.in(LONG))
                    .warmUp(List.of(), LONG);
              } catch (StateRefusedException e) {
                throw e.failure();
              }
            });
  }

  @Test
  void keepsAsManyAsWereAskedForLatelyAndNeverMoreThanItsSize() {
    try (WarmPool pool = pool(3, LONG)) {
      assertThat(pool.take(small)).isNull();
      pool.asked(small);
      await().until(() -> pool.size() == 1);
      // Lately is a short time on a busy machine: one asks until all are made.
      await()
          .until(
              () -> {
                pool.asked(small);
                return pool.size() == 3;
              });
    }
  }

  @Test
  void givesWayToTheKindThatIsAskedForNow() {
    try (WarmPool pool = pool(1, LONG)) {
      pool.asked(small);
      await().until(() -> pool.size() == 1);
      pool.asked(large);
      await()
          .until(
              () -> {
                ReadyVm taken = pool.take(large);
                if (taken != null) {
                  taken.close();
                }
                return taken != null;
              });
    }
  }

  @Test
  void endsWhatIsNotAskedForAnyMore() {
    try (WarmPool pool = pool(1, Duration.ofMillis(700))) {
      // Asked once, it would be given up as soon as it is made where that takes longer.
      await()
          .until(
              () -> {
                pool.asked(small);
                return pool.size() == 1;
              });
      await().until(() -> pool.size() == 0);
    }
  }

  @Test
  void givesEverythingUpWhenTheMachineRunsShortOfMemory() {
    try (WarmPool pool = pool(2, LONG)) {
      pool.asked(small);
      await().until(() -> pool.size() == 1);
      memory = SHORT;
      await().until(() -> pool.size() == 0);
      pool.asked(small);
      memory = PLENTY;
      pool.asked(small);
      await().until(() -> pool.size() > 0);
    }
  }

  @Test
  void aKindWithoutATemplateIsNotTriedAgainAndAgain() throws Exception {
    int[] tries = new int[1];
    try (WarmPool pool =
        new WarmPool(
            2,
            spec -> {
              tries[0]++;
              return Optional.empty();
            },
            () -> memory.isShort(),
            LONG)) {
      pool.asked(small);
      await().until(() -> tries[0] == 1);
      Thread.sleep(100); // many tries, if it tried
      assertThat(tries[0]).isEqualTo(1);
    }
  }

  @Test
  void goesOnWhenThisJvmHasFileDescriptorsAgain() {
    MemoryLedger ledger = MemoryLedger.open(home, Optional.empty());
    try (WarmPool pool = new WarmPool(1, WarmPoolIT::restore, ledger::isShort, LONG)) {
      pool.asked(small);
      await().until(() -> pool.size() == 1);
      Objects.requireNonNull(pool.take(small)).close();
      try (OpenFileLimit none = OpenFileLimit.reached()) {
        assertThatThrownBy(ledger::isShort).hasMessageContaining("Too many open files");
        pool.asked(small);
        await().during(Duration.ofMillis(2500)).until(() -> pool.size() == 0);
      }
      pool.asked(small);
      await().until(() -> pool.size() == 1);
    }
  }

  @Test
  void goesOnAfterAnError() {
    boolean[] failed = new boolean[1];
    try (WarmPool pool =
        new WarmPool(
            1,
            spec -> {
              if (!failed[0]) {
                failed[0] = true;
                throw new NoClassDefFoundError("io/boxlite/Any");
              }
              return restore(spec);
            },
            () -> memory.isShort(),
            LONG)) {
      pool.asked(small);
      await().until(() -> failed[0]);
      await()
          .until(
              () -> {
                pool.asked(small);
                return pool.size() == 1;
              });
    }
  }

  @Test
  void doesNotWaitForABoxThatItMakesWhenItCloses() {
    CountDownLatch making = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    WarmPool pool =
        new WarmPool(
            1,
            spec -> {
              making.countDown();
              try {
                Thread.sleep(LONG.toMillis());
              } catch (InterruptedException e) {
                ended.countDown();
                Thread.currentThread().interrupt();
              }
              return Optional.empty();
            },
            () -> memory.isShort(),
            LONG);
    pool.asked(small);
    await().until(() -> making.getCount() == 0);
    pool.close();
    assertThat(ended.getCount()).isZero();
  }

  /** Each round interrupts the start of a box at another moment. */
  @RepeatedTest(20)
  void leavesNothingOfABoxThatItMakesWhenItCloses(RepetitionInfo round) throws Exception {
    try (WarmPool pool = pool(1, LONG)) {
      pool.asked(small);
      Thread.sleep(15L * round.getCurrentRepetition());
    }
  }

  @Test
  void aPoolOfNoSizeDoesNothing() {
    try (WarmPool pool = pool(0, LONG)) {
      pool.asked(small);
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.getName().equals("boxlite-pool"));
    }
  }
}
