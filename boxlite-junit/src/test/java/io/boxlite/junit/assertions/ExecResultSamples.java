package io.boxlite.junit.assertions;

import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import java.time.Duration;

/** Results of each kind, without a box. */
public final class ExecResultSamples {
  private ExecResultSamples() {}

  public static ExecResult exited(int exitCode) {
    return result(Outcome.EXITED, exitCode, 0, "", "");
  }

  public static ExecResult signaled(int signal) {
    return result(Outcome.SIGNALED, 128 + signal, signal, "", "");
  }

  public static ExecResult killed(Outcome outcome) {
    return result(outcome, 137, 9, "", "");
  }

  public static ExecResult wrote(String stdout, String stderr) {
    return result(Outcome.EXITED, 0, 0, stdout, stderr);
  }

  private static ExecResult result(
      Outcome outcome, int exitCode, int signal, String stdout, String stderr) {
    return ExecResult.builder()
        .outcome(outcome)
        .exitCode(exitCode)
        .signal(signal)
        .stdout(stdout)
        .stderr(stderr)
        .wallTime(Duration.ofMillis(250))
        .cpuTime(Duration.ofMillis(120))
        .peakMemoryBytes(3 << 20)
        .build();
  }
}
