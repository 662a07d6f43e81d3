package io.boxlite.samples.grading;

import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Makes up results for tests. */
final class Results {
  private Results() {}

  static ExecResult exited(int exitCode, String stdout, String stderr) {
    return of(Outcome.EXITED, exitCode, 0, stdout, stderr);
  }

  static ExecResult of(Outcome outcome, int exitCode, int signal, String stdout, String stderr) {
    return new ExecResult(
        outcome,
        exitCode,
        signal,
        stdout.getBytes(StandardCharsets.UTF_8),
        stderr.getBytes(StandardCharsets.UTF_8),
        false,
        false,
        Duration.ofMillis(1500),
        Duration.ofMillis(500),
        8 << 20);
  }
}
