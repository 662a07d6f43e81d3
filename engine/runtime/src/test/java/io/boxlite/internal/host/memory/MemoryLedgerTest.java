package io.boxlite.internal.host.memory;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.boxlite.BoxStartException;
import io.boxlite.internal.host.Home;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class MemoryLedgerTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(100);

  /** What a box of 404 MiB is charged; the ledger has room for two of them. */
  private static final int BOX = 500 - MemoryLedger.OVERHEAD_MIB;

  @TempDir Path directory;
  private MemoryLedger ledger;

  @BeforeEach
  void open() {
    ledger = MemoryLedger.open(Home.open(directory), Optional.of(1000));
  }

  @AfterEach
  void nothingIsLeftInTheLedger() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("memory"))) {
      assertThat(files.filter(file -> !file.endsWith("lock"))).isEmpty();
    }
  }

  @Test
  void aBoxThatDoesNotFitIsStartedWhenAnotherHasEnded() throws Exception {
    MemoryReservation first = ledger.admit("a", "", BOX, SHORT);
    try (MemoryReservation second = ledger.admit("b", "", BOX, SHORT)) {
      CompletableFuture<MemoryReservation> third = admitLater("c", BOX);
      await().until(ledger::isShort);
      assertThat(third).isNotDone();
      second.label("still here");
      first.close();
      third.get(30, SECONDS).close();
      first.close();
    }
    assertThat(ledger.isShort()).isFalse();
  }

  @Test
  void nobodyIsPassedByHoweverLarge() throws Exception {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    MemoryReservation first = ledger.admit("a", "", BOX, SHORT);
    CompletableFuture<?> large = admitLater("large", BOX + 300).thenAccept(noteAnd(order, "large"));
    await().until(ledger::isShort);
    // It fits beside the first one, and not beside the large one: there is an order to be seen.
    CompletableFuture<?> small = admitLater("small", 200).thenAccept(noteAnd(order, "small"));
    assertThat(ledger.tryAdmit("ahead", "", 10)).isEmpty();
    assertThat(small).isNotDone();
    first.close();
    CompletableFuture.allOf(large, small).get(30, SECONDS);
    assertThat(order).containsExactly("large", "small");
  }

  @Test
  void aWaitThatIsTooLongEndsTellingWhoHasTheMemory() {
    try (MemoryReservation first = ledger.admit("4f00", "judge", BOX, SHORT);
        MemoryReservation second = ledger.tryAdmit("4f01", "", BOX - 100).orElseThrow()) {
      second.label("");
      assertThatExceptionOfType(BoxStartException.class)
          .isThrownBy(() -> ledger.admit("4f02", "", BOX, SHORT))
          .withMessageContaining("box 4f02 was not started: it waited 100 ms for 500 MiB")
          .withMessageContaining("may have 1000 MiB (set by boxlite.memory.limit)")
          .withMessageContaining(
              "900 MiB are taken: 500 MiB by box 4f00 (judge) of JVM "
                  + ProcessHandle.current().pid()
                  + ", 400 MiB by box 4f01 of JVM")
          .withMessageContaining(
              "; close boxes, or raise their startTimeout, boxlite.start.timeout");
      assertThat(ledger.isShort()).isFalse();
      first.close();
    }
  }

  @Test
  void manyHoldersAreNotAllTold() {
    List<MemoryReservation> many = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      many.add(ledger.admit("b" + i, "", 1, SHORT));
    }
    assertThatExceptionOfType(BoxStartException.class)
        .isThrownBy(() -> ledger.admit("late", "", 1, SHORT))
        .withMessageContaining("box b7 ")
        .withMessageContaining("and by 2 more")
        .withMessageNotContaining("box b8 ");
    many.forEach(MemoryReservation::close);
  }

  @Test
  void aBoxLargerThanTheWholeFailsAtOnce() {
    assertThatExceptionOfType(BoxStartException.class)
        .isThrownBy(() -> ledger.admit("huge", "", 1000, LONG))
        .withMessageContaining("box huge cannot be started")
        .withMessageContaining("1096 MiB (memoryMib 1000, and 96 for QEMU)")
        .withMessageContaining("boxlite.memory.limit");
  }

  @Test
  void anInterruptedWaitLeavesNothing() throws Exception {
    try (MemoryReservation all = ledger.admit("a", "", 1000 - MemoryLedger.OVERHEAD_MIB, SHORT)) {
      CompletableFuture<Boolean> stillInterrupted = new CompletableFuture<>();
      Thread waiter =
          new Thread(
              () -> {
                assertThatExceptionOfType(BoxStartException.class)
                    .isThrownBy(() -> ledger.admit("b", "", BOX, LONG))
                    .withMessageContaining("interrupted");
                stillInterrupted.complete(Thread.currentThread().isInterrupted());
              });
      waiter.start();
      await().until(ledger::isShort);
      waiter.interrupt();
      assertThat(stillInterrupted.get(30, SECONDS)).isTrue();
      assertThat(ledger.isShort()).isFalse();
      all.close();
    }
  }

  @Test
  void whatIsHeldAheadOfNeedIsGivenBackWhenMemoryIsShort() {
    MemoryReservation ahead = ledger.tryAdmit("ahead", "kept warm", BOX).orElseThrow();
    AtomicInteger told = new AtomicInteger();
    Runnable end =
        ledger.onShortage(
            () -> {
              told.incrementAndGet();
              ahead.close();
            });
    ledger.admit("a", "", BOX + 100, LONG).close();
    ledger.admit("b", "", BOX, LONG).close();
    end.run();
    assertThat(told).hasValue(1);
  }

  @Test
  void byDefaultTheMachineKeepsAPartForOthers() {
    long total = HostMemory.now().totalMib();
    long budget = MemoryLedger.open(Home.open(directory), Optional.empty()).budgetMib();
    assertThat(budget).isLessThanOrEqualTo(total - total / 8).isGreaterThan(total / 2);
  }

  @Test
  void anUncontendedReservationIsQuick() {
    for (int i = 0; i < 500; i++) {
      ledger.admit("warm", "", BOX, SHORT).close();
    }
    long[] nanos = new long[101];
    for (int i = 0; i < nanos.length; i++) {
      long start = System.nanoTime();
      ledger.admit("timed", "", BOX, SHORT).close();
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    assertThat(Duration.ofNanos(nanos[50]))
        .isLessThan(Duration.ofMillis(20)); // no wait is that short;
  }

  /** Another JVM: takes memory, tells so, and keeps it until its standard input ends. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException {
      MemoryLedger ledger = MemoryLedger.open(Home.open(Path.of(args[0])), Optional.of(1000));
      MemoryReservation reservation = ledger.admit("other", "", Integer.parseInt(args[1]), LONG);
      System.out.println("admitted");
      if (System.in.read() < 0) {
        reservation.close();
      }
    }
  }

  @Test
  void jvmsShareOneLedger() throws Exception {
    MemoryReservation own = ledger.admit("own", "", BOX + 100, SHORT);
    Process other = startHolder(BOX);
    await().until(ledger::isShort);
    own.close();
    assertThat(admitted(other)).isTrue();
    assertThatExceptionOfType(BoxStartException.class)
        .isThrownBy(() -> ledger.admit("own", "", BOX + 100, SHORT))
        .withMessageContaining("500 MiB by box other of JVM " + other.pid());
    CompletableFuture<MemoryReservation> waiting = admitLater("own", BOX + 100);
    await().until(ledger::isShort);
    other.getOutputStream().close();
    waiting.get(30, SECONDS).close();
    assertThat(other.waitFor()).isZero();
  }

  @Test
  void whatADeadJvmHadIsFreeAgain() throws Exception {
    Process other = startHolder(BOX);
    assertThat(admitted(other)).isTrue();
    CompletableFuture<MemoryReservation> waiting = admitLater("own", BOX + 100);
    await().until(ledger::isShort);
    other.destroyForcibly();
    waiting.get(30, SECONDS).close();
  }

  @Test
  void aDeadJvmThatWaitedHoldsNobodyUp() throws Exception {
    MemoryReservation own = ledger.admit("own", "", BOX + 100, SHORT);
    Process other = startHolder(BOX);
    await().until(ledger::isShort);
    other.destroyForcibly().waitFor();
    try (MemoryReservation second = ledger.admit("second", "", 10, SHORT)) {
      second.label("started");
    }
    own.close();
  }

  private Process startHolder(int mib) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Holder.class.getName(),
            directory.toString(),
            Integer.toString(mib))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static boolean admitted(Process holder) throws IOException {
    BufferedReader lines = holder.inputReader(StandardCharsets.UTF_8);
    return "admitted".equals(lines.readLine());
  }

  private CompletableFuture<MemoryReservation> admitLater(String id, int mib) {
    return CompletableFuture.supplyAsync(() -> ledger.admit(id, "", mib, LONG));
  }

  private static Consumer<MemoryReservation> noteAnd(List<String> order, String name) {
    return reservation -> {
      order.add(name);
      reservation.close();
    };
  }
}
