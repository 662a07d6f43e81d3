package io.boxlite.samples.grading;

import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import java.time.Duration;

/** Makes up results for tests. */
final class Results {
  private Results() {}

  static ExecResult exited(int exitCode, String stdout, String stderr) {
    return of(Outcome.EXITED, exitCode, 0, stdout, stderr);
  }

  static ExecResult of(Outcome outcome, int exitCode, int signal, String stdout, String stderr) {
    return ExecResult.builder()
        .outcome(outcome)
        .exitCode(exitCode)
        .signal(signal)
        .stdout(stdout)
        .stderr(stderr)
        .wallTime(Duration.ofMillis(1500))
        .cpuTime(Duration.ofMillis(500))
        .peakMemoryBytes(8 << 20)
        .build();
  }
}
