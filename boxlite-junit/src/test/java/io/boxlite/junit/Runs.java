package io.boxlite.junit;

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

  /** What tests and containers failed with. */
  static List<Throwable> failures(Events events) {
    return events.failed().stream()
        .flatMap(event -> event.getPayload(TestExecutionResult.class).stream())
        .flatMap(result -> result.getThrowable().stream())
        .toList();
  }
}
