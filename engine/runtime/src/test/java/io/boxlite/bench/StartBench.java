package io.boxlite.bench;

import io.boxlite.BoxOptions;
import io.boxlite.BoxOrigin;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.LiteBox;
import io.boxlite.SecurityOptions;
import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.vm.BareRestore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Measures how boxes start: from a template, from the pool, many at once, in a fresh JVM; against
 * the same files restored by a bare QMP client, and against a container. What is compared is
 * measured in turns.
 *
 * <p>Arguments: the script that makes a root file system with Python, and the JSON file to write.
 */
public final class StartBench {
  static final int ROUNDS = Integer.getInteger("boxlite.bench.rounds", 50);
  private static final int WARM_UP = 5;
  private static final int FRESH_JVMS = 5;
  private static final int IDLE_SECONDS = 3;

  /** Fifty boxes of 512 MiB are more than many a machine has, and they use a tenth of it. */
  private static final int MEMORY_LIMIT_MIB = 64 << 10;

  private static final BoxOptions OPTIONS = BoxOptions.builder().build();

  /** The bare restore has no jail either. */
  private static final BoxOptions UNJAILED =
      BoxOptions.builder().security(SecurityOptions.development()).build();

  private final Report report = new Report();
  private final Starts fromTemplate = new Starts(BoxOrigin.TEMPLATE, OPTIONS);
  private final Starts fromTemplateUnjailed = new Starts(BoxOrigin.TEMPLATE, UNJAILED);
  private final Starts fromPool = new Starts(BoxOrigin.POOL, OPTIONS);
  private final Starts fromPoolUnjailed = new Starts(BoxOrigin.POOL, UNJAILED);
  private final Samples jail = new Samples();
  private final Samples poolJail = new Samples();
  private final Samples bare = new Samples();
  private final Samples podman = new Samples();

  private StartBench() {}

  /** Starts of one origin: until the box is ready, and with one command until it is closed. */
  private static final class Starts {
    final BoxOrigin origin;
    final BoxOptions options;
    final Samples ready = new Samples();
    final Samples whole = new Samples();

    Starts(BoxOrigin origin, BoxOptions options) {
      this.origin = origin;
      this.options = options;
    }

    /**
     * Starts one; it does not count when it came from elsewhere, as on a very busy machine.
     *
     * @return how many nanoseconds it took; empty when it does not count
     */
    OptionalLong measure(Boxlite boxlite) {
      long start = System.nanoTime();
      long readyNanos;
      boolean counts;
      try (LiteBox box = boxlite.create(options)) {
        readyNanos = System.nanoTime() - start;
        counts = box.info().origin() == origin;
        if (box.exec("/bin/true").exitCode() != 0) {
          throw new IllegalStateException("/bin/true fails in " + box);
        }
      }
      if (!counts) {
        return OptionalLong.empty();
      }
      whole.addNanos(System.nanoTime() - start);
      ready.addNanos(readyNanos);
      return OptionalLong.of(readyNanos);
    }
  }

  /** Runs the benchmark. */
  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("boxlite-bench");
    try {
      new StartBench().run(directory, args[0], Path.of(args[1]));
    } finally {
      FileTree.delete(directory);
    }
  }

  private void run(Path directory, String pythonScript, Path json) throws Exception {
    Podman container = Podman.ofDefaultImage(directory);
    Optional<String> noPodman = container.problem();
    try (Boxlite cold = open(0);
        Boxlite warm = open(1);
        Boxlite warmUnjailed = open(1)) {
      report.put("accelerator", cold.host().accelerator().name());
      cold.templates().make(OPTIONS);
      warm.create(OPTIONS).close(); // fills the pool
      warmUnjailed.create(UNJAILED).close();
      try (BareRestore restore = BareRestore.ofDefaultBox(cold.host().home())) {
        for (int i = 0; i < WARM_UP; i++) {
          restore.run();
          new Starts(BoxOrigin.TEMPLATE, OPTIONS).measure(cold);
          new Starts(BoxOrigin.TEMPLATE, UNJAILED).measure(cold);
          Qemus.awaitCalm(2);
          new Starts(BoxOrigin.POOL, OPTIONS).measure(warm);
          new Starts(BoxOrigin.POOL, UNJAILED).measure(warmUnjailed);
          Qemus.awaitCalm(2);
        }
        for (int i = 0; i < ROUNDS; i++) {
          pair(fromTemplate.measure(cold), fromTemplateUnjailed.measure(cold), jail);
          bare.addNanos(restore.run());
          pair(fromPool.measure(warm), fromPoolUnjailed.measure(warmUnjailed), poolJail);
          Qemus.awaitCalm(2);
          if (noPodman.isEmpty()) {
            podman.time(
                () -> {
                  container.run("/bin/true");
                  return "";
                });
          }
        }
      }
    }
    tell(noPodman);
    report.put("tenBoxesMs", atOnce(10));
    report.put("fiftyBoxesMs", atOnce(50));
    try (Boxlite boxlite = Boxlite.open()) {
      GradingBench.run(boxlite, Path.of(outputOf(pythonScript)), report);
    }
    report.put("freshJvmFirstResultMs", freshJvms());
    report.write(json);
  }

  private static void pair(OptionalLong jailed, OptionalLong unjailed, Samples difference) {
    if (jailed.isPresent() && unjailed.isPresent()) {
      difference.addNanos(jailed.getAsLong() - unjailed.getAsLong());
    }
  }

  private static Boxlite open(int poolSize) {
    return Boxlite.open(
        BoxliteOptions.builder().poolSize(poolSize).memoryLimitMib(MEMORY_LIMIT_MIB).build());
  }

  private void tell(Optional<String> noPodman) {
    report.put("templateStartMs.p50", fromTemplate.ready.p50());
    report.put("templateStartMs.p95", fromTemplate.ready.p95());
    report.put("bareRestoreMs.p50", bare.p50());
    report.put("templateStartUnjailedMs.p50", fromTemplateUnjailed.ready.p50());
    report.put("jailMs.p50", jail.p50());
    report.put("jailMs.pool.p50", poolJail.p50());
    report.put("ratioToBareRestore", ratio(fromTemplateUnjailed.ready.p50(), bare.p50()));
    report.put("poolStartMs.p50", fromPool.ready.p50());
    report.put("poolStartMs.p95", fromPool.ready.p95());
    report.put("poolStartMs.count", fromPool.ready.count());
    report.put("templateWholeMs.p50", fromTemplate.whole.p50());
    report.put("poolWholeMs.p50", fromPool.whole.p50());
    if (noPodman.isPresent()) {
      report.put("podmanNote", "podman was left out: " + noPodman.get());
      return;
    }
    report.put("podmanRunMs.p50", podman.p50());
    report.put("podmanRunMs.p95", podman.p95());
    report.put("ratioTemplateToPodman", ratio(fromTemplate.whole.p50(), podman.p50()));
    report.put("ratioPoolToPodman", ratio(fromPool.whole.p50(), podman.p50()));
  }

  /** How many milliseconds it takes until so many boxes are ready that are asked for at once. */
  private double atOnce(int count) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try (Boxlite boxlite = open(0)) {
      List<Callable<LiteBox>> creations = Collections.nCopies(count, () -> boxlite.create(OPTIONS));
      long start = System.nanoTime();
      List<Future<LiteBox>> boxes = threads.invokeAll(creations);
      double millis = Math.round((System.nanoTime() - start) / 1e4) / 100.0;
      double pss = 0;
      TimeUnit.SECONDS.sleep(IDLE_SECONDS); // idle is what is measured here
      for (Future<LiteBox> box : boxes) {
        pss += Qemus.pssMib(box.get());
      }
      report.put("pssPerBoxMiB", Math.round(pss / count * 10) / 10.0);
      return millis;
    } finally {
      threads.shutdownNow();
    }
  }

  private static double freshJvms() throws Exception {
    Samples fresh = new Samples();
    for (int i = 0; i < FRESH_JVMS; i++) {
      String millis =
          outputOf(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Dboxlite.home=" + System.getProperty("boxlite.home"),
              "-cp",
              System.getProperty("java.class.path"),
              FreshJvm.class.getName());
      fresh.addNanos((long) (Double.parseDouble(millis) * 1e6));
    }
    return fresh.p50();
  }

  static String outputOf(String... argv) throws Exception {
    Process process =
        new ProcessBuilder(argv).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(argv[0] + " fails");
    }
    return output.strip();
  }

  private static double ratio(double one, double other) {
    return Math.round(one / other * 1000) / 1000.0;
  }
}
