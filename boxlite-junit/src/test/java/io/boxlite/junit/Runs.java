package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Runs test classes as JUnit does, and tells what came of them. */
final class Runs {
  private Runs() {}

  static EngineExecutionResults of(Class<?>... testClasses) {
    return of(Map.of(), testClasses);
  }

  /** Runs with what {@code junit-platform.properties} could say. */
  static EngineExecutionResults of(Map<String, String> configuration, Class<?>... testClasses) {
    EngineTestKit.Builder builder = EngineTestKit.engine("junit-jupiter");
    Arrays.stream(testClasses).forEach(testClass -> builder.selectors(selectClass(testClass)));
    configuration.forEach(builder::configurationParameter);
    return builder.execute();
  }

  /** Runs classes at the same time, and their methods as JUnit's mode has it. */
  static Map<String, String> inParallel(String methods) {
    return Map.of(
        "junit.jupiter.execution.parallel.enabled", "true",
        "junit.jupiter.execution.parallel.mode.default", methods,
        "junit.jupiter.execution.parallel.mode.classes.default", "concurrent",
        "junit.jupiter.execution.parallel.config.strategy", "fixed",
        "junit.jupiter.execution.parallel.config.fixed.parallelism", "4");
  }

  /** Runs classes that have so many tests, all of which pass. */
  static void passes(int tests, Class<?>... testClasses) {
    passes(Map.of(), tests, testClasses);
  }

  /** The same, with what {@code junit-platform.properties} could say. */
  static void passes(Map<String, String> configuration, int tests, Class<?>... testClasses) {
    Events events = of(configuration, testClasses).allEvents();
    assertThat(failures(events)).isEmpty();
    assertThat(events.succeeded().filter(event -> event.getTestDescriptor().isTest()))
        .hasSize(tests);
  }

  /** What tests and containers failed with. */
  static List<Throwable> failures(Events events) {
    return events.failed().stream()
        .flatMap(event -> event.getPayload(TestExecutionResult.class).stream())
        .flatMap(result -> result.getThrowable().stream())
        .toList();
  }
}
