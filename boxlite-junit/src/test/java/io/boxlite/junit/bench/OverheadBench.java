package io.boxlite.junit.bench;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Measures what {@code @Box} costs: 100 tests with a box each against the same 100 that call the
 * engine by hand, in turns of ten, so that whatever else this machine does meets both alike.
 *
 * <p>Argument: the JSON file to write.
 */
public final class OverheadBench {
  private static final int TESTS_PER_TURN = 10;
  private static final int TURNS = 10;

  private OverheadBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) throws IOException {
    double[] annotated = new double[TURNS];
    double[] byHand = new double[TURNS];
    try (Boxlite boxlite = Boxlite.open();
        LauncherSession session = LauncherFactory.openSession()) {
      ByHand.boxlite = boxlite;
      milliseconds(session, ByHand.class); // warms this JVM and the templates up
      milliseconds(session, Annotated.class);
      for (int turn = 0; turn < TURNS; turn++) {
        if (turn % 2 == 0) {
          byHand[turn] = milliseconds(session, ByHand.class);
          annotated[turn] = milliseconds(session, Annotated.class);
        } else {
          annotated[turn] = milliseconds(session, Annotated.class);
          byHand[turn] = milliseconds(session, ByHand.class);
        }
      }
    }
    double sumAnnotated = Arrays.stream(annotated).sum();
    double sumByHand = Arrays.stream(byHand).sum();
    String json =
        String.format(
            Locale.ROOT,
            "{%n  \"tests\": %d,%n  \"annotatedMsPerTest\": %.2f,%n  \"byHandMsPerTest\": %.2f,%n"
                + "  \"overheadPercent\": %.2f,%n  \"overheadPercentOfMedians\": %.2f%n}%n",
            TESTS_PER_TURN * TURNS,
            sumAnnotated / TESTS_PER_TURN / TURNS,
            sumByHand / TESTS_PER_TURN / TURNS,
            (sumAnnotated / sumByHand - 1) * 100,
            (median(annotated) / median(byHand) - 1) * 100);
    Path file = Path.of(args[0]);
    Files.createDirectories(file.getParent());
    Files.writeString(file, json);
    System.out.print(json);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  private static double milliseconds(LauncherSession session, Class<?> tests) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    long begin = System.nanoTime();
    session
        .getLauncher()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests)).build(),
            listener);
    double milliseconds = (System.nanoTime() - begin) / 1e6;
    if (listener.getSummary().getTestsSucceededCount() != TESTS_PER_TURN) {
      throw new IllegalStateException(
          listener.getSummary().getTestsFailedCount() + " tests failed",
          listener.getSummary().getFailures().get(0).getException());
    }
    return milliseconds;
  }

  static class Annotated {
    @RepeatedTest(TESTS_PER_TURN)
    void test(@Box LiteBox box) {
      box.exec("true");
    }
  }

  static class ByHand {
    @SuppressWarnings("NullAway.Init")
    private static Boxlite boxlite;

    @RepeatedTest(TESTS_PER_TURN)
    void test() {
      try (LiteBox box = boxlite.create(BoxOptions.builder().build())) {
        box.exec("true");
      }
    }
  }
}
