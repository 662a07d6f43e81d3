package io.boxlite.maven;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Fails the build if a check failed or was not run. Reads the results that the goal run recorded.
 */
@Mojo(name = "verify", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true)
public final class VerifyMojo extends RecordMojo {
  /** Whether to log failed checks without failing the build, as in Surefire and Failsafe. */
  @Parameter(property = "maven.test.failure.ignore", defaultValue = "false")
  boolean testFailureIgnore;

  /** Whether to fail the build if there are no checks. */
  @Parameter(property = "boxlite.maven.failIfNoChecks", defaultValue = "false")
  boolean failIfNoChecks;

  /** Called by Maven, which then sets the parameters. */
  public VerifyMojo() {}

  @Override
  void perform(List<Check> configured, Path record) throws IOException, MojoFailureException {
    List<CheckResult> recorded = CheckRecord.read(record).checks();
    List<String> problems =
        configured.isEmpty()
            ? recorded.stream()
                .filter(result -> !result.hasPassed())
                .map(VerifyMojo::describe)
                .toList()
            : problems(configured, recorded, record);
    int count = configured.isEmpty() ? recorded.size() : configured.size();
    if (count == 0) {
      if (failIfNoChecks) {
        throw new MojoFailureException(
            "no checks are configured, and none were run; configure <checks>, or set failIfNoChecks to false");
      }
      getLog().info("no checks to verify");
    } else if (problems.isEmpty()) {
      getLog().info(count + (count == 1 ? " check" : " checks") + " ended as expected");
    } else {
      fail(problems, count, !recorded.isEmpty());
    }
  }

  private static List<String> problems(
      List<Check> configured, List<CheckResult> recorded, Path record) {
    Map<String, CheckResult> byName =
        recorded.stream().collect(Collectors.toMap(CheckResult::name, Function.identity()));
    List<String> problems = new ArrayList<>();
    for (Check check : configured) {
      @Nullable CheckResult result = byName.get(check.name());
      if (result == null) {
        problems.add(
            check.name()
                + ": was not run: "
                + record
                + " has no result for it; bind the goal run to a phase, with this check in its"
                + " configuration");
      } else if (!result.fingerprint().equals(check.fingerprint())) {
        problems.add(
            check.name()
                + ": its configuration has changed since execution "
                + result.execution()
                + " ran it; run the goal run again");
      } else if (!result.hasPassed()) {
        problems.add(describe(result));
      }
    }
    return problems;
  }

  private void fail(List<String> problems, int count, boolean anyRun) throws MojoFailureException {
    String message =
        problems.size()
            + " of "
            + count
            + (count == 1 ? " check" : " checks")
            + " did not end as expected:\n  "
            + String.join("\n  ", problems)
            + (anyRun ? "\nThe output of all checks is in " + reports() : "");
    if (testFailureIgnore) {
      getLog().error(message);
    } else {
      throw new MojoFailureException(message);
    }
  }

  private static String describe(CheckResult result) {
    String failure = result.name() + ": " + String.join("\n    ", result.problems());
    CheckResult.@Nullable Run run = result.run();
    return run == null || run.stderr().isEmpty()
        ? failure
        : failure + "\n    stderr: " + TextOutput.quoted(run.stderr());
  }
}
