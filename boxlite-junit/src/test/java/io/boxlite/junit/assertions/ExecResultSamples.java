package io.boxlite.junit.assertions;

import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import java.nio.charset.StandardCharsets;
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
    return new ExecResult(
        outcome,
        exitCode,
        signal,
        stdout.getBytes(StandardCharsets.UTF_8),
        stderr.getBytes(StandardCharsets.UTF_8),
        false,
        false,
        Duration.ofMillis(250),
        Duration.ofMillis(120),
        3 << 20);
  }
}
