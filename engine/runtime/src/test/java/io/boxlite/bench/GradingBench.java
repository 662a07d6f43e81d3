package io.boxlite.bench;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Trivial Python programs, each in a fresh box, against the same ones run on the host itself. */
final class GradingBench {
  private static final int ROUNDS = 4;
  private static final int PROGRAMS = ROUNDS * StartBench.ROUNDS;
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  /** Not by the search path, on which it may be a script that looks for the right one. */
  private static final String PYTHON = "/usr/bin/python3";

  private GradingBench() {}

  /** Measures with a root file system that has Python. */
  static void run(Boxlite boxlite, Path rootfs, Report report) throws Exception {
    Command warmUp = Command.of("python3", "-c", "print(sum(map(int, '1 2'.split())))");
    BoxOptions options = BoxOptions.image("rootfs:" + rootfs).prepare(warmUp).build();
    boxlite.templates().make(options);
    long boxNanos = 0;
    long nativeNanos = 0;
    for (int round = 0; round < ROUNDS; round++) {
      int first = round * PROGRAMS / ROUNDS;
      boxNanos += timeAll(first, number -> inBox(boxlite, options, number));
      nativeNanos += timeAll(first, GradingBench::natively);
    }
    double graded = perSecond(boxNanos);
    double natively = perSecond(nativeNanos);
    report.put("gradedPerSecond", graded);
    report.put("nativePerSecond", natively);
    report.put("ratioToNative", Math.round(graded / natively * 1000) / 1000.0);
  }

  private interface Grader {
    String grade(int number) throws Exception;
  }

  private static long timeAll(int first, Grader grader) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CORES);
    try {
      List<Callable<String>> programs = new ArrayList<>();
      for (int i = 0; i < PROGRAMS / ROUNDS; i++) {
        int number = first + i;
        programs.add(() -> grader.grade(number));
      }
      long start = System.nanoTime();
      List<Future<String>> outputs = threads.invokeAll(programs);
      long nanos = System.nanoTime() - start;
      for (int i = 0; i < outputs.size(); i++) {
        String expected = Integer.toString((first + i) * (first + i));
        if (!outputs.get(i).get().strip().equals(expected)) {
          throw new IllegalStateException(
              "program " + (first + i) + " printed " + outputs.get(i).get());
        }
      }
      return nanos;
    } finally {
      threads.shutdownNow();
    }
  }

  private static String inBox(Boxlite boxlite, BoxOptions options, int number) {
    try (LiteBox box = boxlite.create(options)) {
      ExecResult result = box.exec("python3", "-c", program(number));
      return result.stdout() + result.stderr();
    }
  }

  private static String natively(int number) throws Exception {
    Process python =
        new ProcessBuilder(PYTHON, "-c", program(number)).redirectErrorStream(true).start();
    python.getOutputStream().close();
    String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    python.waitFor();
    return said;
  }

  private static String program(int number) {
    return "def square(n):\n    return n * n\n\nprint(square(" + number + "))\n";
  }

  private static double perSecond(long nanos) {
    return Math.round(PROGRAMS / (nanos / 1e9) * 100) / 100.0;
  }
}
