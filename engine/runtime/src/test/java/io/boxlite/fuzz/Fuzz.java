package io.boxlite.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs an attack on the engine with many seeds, and checks that the JVM is the same afterwards: no
 * uncaught exception, no log that grows with the attack, no thread, and no more memory.
 *
 * <p>With the system property {@code fuzz.seed}, runs that seed only.
 */
public final class Fuzz {
  /** An attack of which every detail follows from a seed. */
  @FunctionalInterface
  public interface Attack {
    /** Attacks, and throws if the engine behaves as it must not. */
    void run(long seed) throws Exception;
  }

  /**
   * The memory of the JVM after the attacks with some seeds, in MiB.
   *
   * @param heap after garbage collection
   * @param direct the buffers of connections
   */
  private record Memory(long heap, long direct) {
    static Memory now() {
      for (int i = 0; i < 3; i++) {
        System.gc();
      }
      Runtime runtime = Runtime.getRuntime();
      return new Memory(
          (runtime.totalMemory() - runtime.freeMemory()) >> 20,
          PlatformDependent.usedDirectMemory() >> 20);
    }
  }

  private static final Logger log = LoggerFactory.getLogger(Fuzz.class);

  /** One waits, as a rule, for a time limit of its calls. */
  private static final int THREADS = 4;

  private static final long LONGEST_ATTACK_SECONDS = 60;
  private static final long MORE_MIB = 8;

  private Fuzz() {}

  /**
   * Attacks with each seed of a range.
   *
   * @param test the test class to run again for one seed
   * @param first the first seed
   * @param seeds the number of seeds; the first quarter is to warm up
   */
  public static void run(Class<?> test, long first, int seeds, Attack attack) throws Exception {
    Long only = Long.getLong("fuzz.seed");
    try (Complaints complaints = new Complaints()) {
      if (only != null) {
        attacks(test, only, 1, attack, complaints);
        return;
      }
      int warmUp = seeds / 4;
      attacks(test, first, warmUp, attack, complaints);
      Memory before = Memory.now();
      long start = System.nanoTime();
      attacks(test, first + warmUp, seeds - warmUp, attack, complaints);
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      await()
          .untilAsserted(
              () -> {
                Memory after = Memory.now();
                log.info(
                    "{} seeds in {} ms, MiB before {}, after {}",
                    seeds - warmUp,
                    millis,
                    before,
                    after);
                assertThat(after.heap).isLessThanOrEqualTo(before.heap + MORE_MIB);
                assertThat(after.direct).isLessThanOrEqualTo(before.direct + MORE_MIB);
              });
      assertThat(complaints.warnings()).as("warnings").hasSizeLessThanOrEqualTo(seeds);
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("boxlite-"));
  }

  private static void attacks(
      Class<?> test, long first, int seeds, Attack attack, Complaints complaints) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<?>> attacks = new ArrayList<>();
      for (long seed = first; seed < first + seeds; seed++) {
        long each = seed;
        attacks.add(threads.submit(() -> attack(test, each, attack)));
      }
      for (Future<?> each : attacks) {
        each.get();
        complaints.requireNoException();
      }
    } finally {
      threads.shutdownNow();
    }
    complaints.requireNoException();
  }

  private static Void attack(Class<?> test, long seed, Attack attack) throws Exception {
    ExecutorService one = Executors.newSingleThreadExecutor(task -> new Thread(task, "attack"));
    Future<Void> attacked =
        one.submit(
            () -> {
              attack.run(seed);
              return null;
            });
    try {
      return attacked.get(LONGEST_ATTACK_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(repeat(test, seed) + ": it has not ended\n" + Threads.dump(), e);
    } catch (Exception e) {
      throw new AssertionError(repeat(test, seed) + ": " + e.getCause(), e.getCause());
    } finally {
      one.shutdownNow();
    }
  }

  private static String repeat(Class<?> test, long seed) {
    return "seed "
        + seed
        + " (repeat it with -Dtest="
        + test.getSimpleName()
        + " -Dfuzz.seed="
        + seed
        + ")";
  }
}
