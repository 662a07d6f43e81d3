package io.boxlite.maven;

import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.IsolationReport;
import io.boxlite.LiteBox;
import io.boxlite.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs checks, each in a new box. Errors become results; no exception is thrown. */
final class CheckRunner {
  private final Boxlite boxlite;
  private final String execution;
  private final Function<RuntimeException, String> message;

  /**
   * Creates a runner.
   *
   * @param execution the id of the plugin's execution
   * @param message formats the message of an exception
   */
  CheckRunner(Boxlite boxlite, String execution, Function<RuntimeException, String> message) {
    this.boxlite = boxlite;
    this.execution = execution;
    this.message = message;
  }

  CheckResult run(Check check) {
    Run run = new Run(check, execution);
    try (LiteBox box = boxlite.create(check.box())) {
      run.isolatedBy(box.isolation());
      for (FileCopy file : check.files()) {
        if (Files.notExists(file.source())) {
          throw new NoSuchFileException(file.source().toString());
        }
        box.copyIn(file.source(), file.target(), file.attributes());
      }
      ExecResult result = box.exec(commandOf(check));
      if (result.outcome() == Outcome.BOX_LOST
          && !check.expected().outcome().equals(Optional.of(Outcome.BOX_LOST))) {
        return run.error(result, "the box was lost: " + result.loss().orElse("no reason is known"));
      }
      return run.judge(result);
    } catch (NoSuchFileException e) {
      return run.error(null, e.getMessage() + " does not exist");
    } catch (IOException e) {
      return run.error(null, "cannot read " + e.getMessage());
    } catch (BoxliteException | IllegalArgumentException | IllegalStateException e) {
      return run.error(null, message.apply(e));
    }
  }

  /** Returns the result of a check that was not run. */
  static CheckResult notRun(Check check, String execution, String problem) {
    return new Run(check, execution).error(null, problem);
  }

  private static Command commandOf(Check check) throws IOException {
    return check.stdinFile().isPresent()
        ? check.command().stdin(Files.readAllBytes(check.stdinFile().get()))
        : check.command();
  }

  /** A check that is being run. */
  private static final class Run {
    private final Check check;
    private final String execution;
    private final long startedAt = System.currentTimeMillis();
    private final long begin = System.nanoTime();
    private CheckResult.@Nullable Isolation isolation;

    Run(Check check, String execution) {
      this.check = check;
      this.execution = execution;
    }

    void isolatedBy(IsolationReport report) {
      isolation = CheckResult.Isolation.of(report);
    }

    CheckResult judge(ExecResult result) {
      List<String> problems;
      try {
        problems = check.expected().problems(result);
      } catch (NoSuchFileException e) {
        return error(result, e.getMessage() + " does not exist");
      } catch (IOException e) {
        return error(result, "cannot read " + e.getMessage());
      }
      return result(
          problems.isEmpty() ? CheckResult.Status.PASSED : CheckResult.Status.FAILED,
          problems,
          result);
    }

    CheckResult error(@Nullable ExecResult result, String problem) {
      return result(CheckResult.Status.ERROR, List.of(problem), result);
    }

    private CheckResult result(
        CheckResult.Status status, List<String> problems, @Nullable ExecResult result) {
      return new CheckResult(
          check.name(),
          check.fingerprint(),
          execution,
          startedAt,
          (System.nanoTime() - begin) / 1_000_000,
          status,
          List.copyOf(problems),
          check.command().toString(),
          isolation,
          result == null
              ? null
              : new CheckResult.Run(
                  result.outcome().name(),
                  result.exitCode(),
                  result.wallTime().toMillis(),
                  result.cpuTime().toMillis(),
                  result.peakMemoryBytes(),
                  TextOutput.kept(result.stdoutBytes(), result.stdoutTruncated()),
                  TextOutput.kept(result.stderrBytes(), result.stderrTruncated())));
    }
  }
}
