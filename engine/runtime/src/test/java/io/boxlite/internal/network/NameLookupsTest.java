package io.boxlite.internal.network;

import static io.boxlite.internal.network.SpecialRangeTest.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.boxlite.internal.host.AddressFamily;
import io.boxlite.internal.host.HostAddresses;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NameLookupsTest {
  private static final NameLookups.Limits LIMITS =
      new NameLookups.Limits(3, 2, 4, 3, Duration.ofSeconds(20), Duration.ofMillis(200));

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger asked = new AtomicInteger();

  /** Opens to let names beginning with "slow" be found. */
  private final CountDownLatch answer = new CountDownLatch(1);

  private final NameLookups lookups = new NameLookups(this::slow, LIMITS, nanos::get);

  private HostAddresses slow(String name, AddressFamily family) {
    asked.incrementAndGet();
    running.incrementAndGet();
    try {
      if (name.startsWith("slow")) {
        answer.await();
      }
      if (name.startsWith("throws")) {
        throw new IllegalStateException("broken");
      }
      return HostAddresses.found(List.of(address("93.184.216.34")));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      running.decrementAndGet();
    }
  }

  @AfterEach
  void close() {
    answer.countDown();
    lookups.close();
    await().until(() -> threads() == 0);
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("boxlite-names-"))
        .count();
  }

  private static CompletableFuture<NameResult> lookup(LookupClient box, String name) {
    return box.lookup(name, AddressFamily.IPV4);
  }

  private static NameResult get(CompletableFuture<NameResult> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  private static List<CompletableFuture<NameResult>> slowOnes(LookupClient box, int count) {
    List<CompletableFuture<NameResult>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(lookup(box, "slow" + i + ".example"));
    }
    return all;
  }

  @Test
  void aBoxWithManySlowNamesDoesNotDelayAnother() throws Exception {
    LookupClient greedy = lookups.client();
    List<CompletableFuture<NameResult>> slow = slowOnes(greedy, 4);
    await().until(() -> running.get() == 2);
    LookupClient other = lookups.client();
    assertThat(get(lookup(other, "a.example"))).isInstanceOf(NameResult.Found.class);
    assertThat(get(lookup(other, "b.example"))).isInstanceOf(NameResult.Found.class);
    assertThat(running).as("threads of the greedy box").hasValue(2);
    answer.countDown();
    for (CompletableFuture<NameResult> each : slow) {
      assertThat(get(each)).isInstanceOf(NameResult.Found.class);
    }
  }

  @Test
  void manyBoxesShareAFewThreads() throws Exception {
    List<CompletableFuture<NameResult>> slow = new ArrayList<>();
    for (int box = 0; box < 5; box++) {
      slow.addAll(slowOnes(lookups.client(), 4));
    }
    await().until(() -> running.get() == 3);
    assertThat(threads()).isEqualTo(3);
    answer.countDown();
    for (CompletableFuture<NameResult> each : slow) {
      assertThat(get(each)).isInstanceOf(NameResult.Found.class);
    }
  }

  @Test
  void whatABoxAsksBeyondItsBoundsFailsAtOnce() throws Exception {
    LookupClient greedy = lookups.client();
    List<CompletableFuture<NameResult>> slow = slowOnes(greedy, 2);
    await().until(() -> running.get() == 2);
    slow.addAll(slowOnes(greedy, 2 + 4).subList(2, 6)); // as many as can wait
    assertThat(slow).noneMatch(CompletableFuture::isDone);
    assertThat(lookup(greedy, "a.example"))
        .isCompletedWithValue(new NameResult.Failed("the box looks up too many names at once"));
    answer.countDown();
    for (CompletableFuture<NameResult> each : slow) {
      assertThat(get(each)).isInstanceOf(NameResult.Found.class);
    }
    assertThat(get(lookup(greedy, "a.example"))).isInstanceOf(NameResult.Found.class);
  }

  @Test
  void equalQuestionsOfABoxAreAskedOnceAndTheirNumberIsBounded() throws Exception {
    LookupClient box = lookups.client();
    List<CompletableFuture<NameResult>> same = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      same.add(lookup(box, "slow.example"));
    }
    assertThat(lookup(box, "slow.example"))
        .isCompletedWithValue(
            new NameResult.Failed("the box looks up the same name too many times at once"));
    answer.countDown();
    for (CompletableFuture<NameResult> each : same) {
      assertThat(get(each)).isInstanceOf(NameResult.Found.class);
    }
    assertThat(asked).hasValue(1);
  }

  @Test
  void anAnswerIsKeptForAWhileForAllBoxes() throws Exception {
    LookupClient one = lookups.client();
    get(lookup(one, "a.example"));
    nanos.addAndGet(LookupCache.FOUND_TTL.toNanos() - 1);
    assertThat(lookup(lookups.client(), "a.example"))
        .isCompletedWithValue(
            new NameResult.Found(List.of(address("93.184.216.34")), LookupCache.FOUND_TTL));
    assertThat(asked).hasValue(1);
    nanos.addAndGet(1);
    get(lookup(one, "a.example"));
    assertThat(asked).hasValue(2);
  }

  @Test
  void failuresAndMissingNamesAreKeptForAShorterWhile() {
    TestNames names = new TestNames().fail("broken.example");
    CachingResolver resolver = new CachingResolver(names, nanos::get);
    Question broken = new Question("broken.example", AddressFamily.IPV4);
    Question missing = new Question("missing.example", AddressFamily.IPV4);
    resolver.lookup(broken);
    resolver.lookup(missing);
    assertThat(resolver.known(broken)).isPresent();
    nanos.addAndGet(LookupCache.FAILED_TTL.toNanos());
    assertThat(resolver.known(broken)).isEmpty();
    assertThat(resolver.known(missing)).isPresent();
    nanos.addAndGet(LookupCache.NOT_FOUND_TTL.toNanos());
    assertThat(resolver.known(missing)).isEmpty();
  }

  @Test
  void aNameOfOneFamilyExistsInTheOther() {
    CachingResolver resolver =
        new CachingResolver(
            (name, family) -> // as the C library does with names of /etc/hosts
            family == AddressFamily.IPV6
                    ? HostAddresses.notFound()
                    : name.startsWith("v4")
                        ? HostAddresses.found(List.of(address("93.184.216.34")))
                        : name.startsWith("broken")
                            ? HostAddresses.failed("SERVFAIL")
                            : HostAddresses.notFound(),
            nanos::get);
    assertThat(resolver.lookup(new Question("v4.example", AddressFamily.IPV6)))
        .isEqualTo(HostAddresses.found(List.of()));
    assertThat(resolver.known(new Question("v4.example", AddressFamily.IPV6)))
        .contains(HostAddresses.found(List.of()));
    assertThat(resolver.lookup(new Question("none.example", AddressFamily.IPV6)))
        .isEqualTo(HostAddresses.notFound());
    assertThat(resolver.lookup(new Question("broken.example", AddressFamily.IPV6)))
        .isEqualTo(HostAddresses.failed("SERVFAIL"));
  }

  @Test
  void theCacheIsBounded() {
    LookupCache cache = new LookupCache(nanos::get);
    for (int i = 0; i < 2 * LookupCache.MOST; i++) {
      cache.put(new Question(i + ".example", AddressFamily.IPV4), HostAddresses.notFound());
    }
    long kept = 0;
    for (int i = 0; i < 2 * LookupCache.MOST; i++) {
      kept += cache.get(new Question(i + ".example", AddressFamily.IPV4)).stream().count();
    }
    assertThat(kept).isEqualTo(LookupCache.MOST);
  }

  @Test
  void aBoxGetsNoAnswerFromAMachineThatTakesTooLong() throws Exception {
    NameLookups.Limits brief =
        new NameLookups.Limits(1, 1, 4, 3, Duration.ofMillis(50), Duration.ofMillis(50));
    try (NameLookups impatient = new NameLookups(this::slow, brief, nanos::get)) {
      LookupClient box = impatient.client();
      assertThat(get(lookup(box, "slow0.example"))).isEqualTo(new NameResult.TimedOut());
      assertThat(get(lookup(box, "slow1.example")))
          .as("waits for the thread")
          .isEqualTo(new NameResult.TimedOut());
      answer.countDown();
      await()
          .untilAsserted(
              () ->
                  assertThat(get(lookup(box, "slow0.example")))
                      .as("the late answer is kept")
                      .isInstanceOf(NameResult.Found.class));
      assertThat(asked).as("nobody waits for the second").hasValue(1);
    }
  }

  @Test
  void aBrokenResolverFailsAndItsThreadGoesOn() throws Exception {
    LookupClient box = lookups.client();
    for (int i = 0; i < 10; i++) {
      assertThat(get(lookup(box, "throws" + i + ".example")))
          .isInstanceOfSatisfying(
              NameResult.Failed.class, failed -> assertThat(failed.reason()).contains("broken"));
    }
    assertThat(get(lookup(box, "a.example"))).isInstanceOf(NameResult.Found.class);
  }

  @Test
  void threadsEndWhenThereIsNothingToDo() throws Exception {
    LookupClient box = lookups.client();
    get(lookup(box, "a.example"));
    assertThat(threads()).isPositive();
    await().atMost(Duration.ofSeconds(10)).until(() -> threads() == 0);
    nanos.addAndGet(LookupCache.FOUND_TTL.toNanos());
    assertThat(get(lookup(box, "a.example"))).isInstanceOf(NameResult.Found.class);
  }

  @Test
  void theEndOfABoxOrOfTheEngineEndsItsLookUps() throws Exception {
    LookupClient box = lookups.client();
    LookupClient other = lookups.client();
    List<CompletableFuture<NameResult>> slow = slowOnes(box, 4);
    CompletableFuture<NameResult> last = lookup(other, "slow.example");
    box.close();
    NameResult ended = new NameResult.Failed("the box has ended");
    assertThat(slow).allSatisfy(each -> assertThat(each).isCompletedWithValue(ended));
    assertThat(lookup(box, "a.example")).isCompletedWithValue(ended);
    assertThat(last).isNotDone();
    lookups.close();
    assertThat(last).isCompletedWithValue(ended);
    assertThat(lookup(lookups.client(), "a.example")).isCompletedWithValue(ended);
  }

  @Test
  void theRealResolverOfThisMachineFindsLocalhost() throws Exception {
    try (NameLookups real = new NameLookups()) {
      assertThat(get(lookup(real.client(), "localhost")))
          .isEqualTo(new NameResult.Found(List.of(address("127.0.0.1")), LookupCache.FOUND_TTL));
    }
  }
}
