package io.boxlite.maven;

import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.jspecify.annotations.Nullable;

/**
 * Runs the configured checks, each of them a command in a new box, and records the results. A
 * failed check does not fail the build yet: the goal verify does, after cleanup in the phase
 * post-integration-test.
 */
@Mojo(name = "run", defaultPhase = LifecyclePhase.INTEGRATION_TEST, threadSafe = true)
public final class RunMojo extends RecordMojo {
  /** Called by Maven, which then sets the parameters. */
  public RunMojo() {}

  @Override
  void perform(List<Check> configured, Path record) throws IOException, MojoExecutionException {
    String id = required(execution, "execution").getExecutionId();
    CheckRecord before = CheckRecord.read(record).without(id, configured);
    before.write(record);
    if (configured.isEmpty()) {
      getLog()
          .warn(
              "no checks are configured; add <check> elements to <checks> in the <configuration>");
      return;
    }
    List<CheckResult> results = runAll(configured, id);
    logIsolation(results);
    before.with(results).write(record);
    String module = required(project, "project").getArtifactId();
    new JunitReport("boxlite." + module + "." + id, results).write(reports());
  }

  private List<CheckResult> runAll(List<Check> configured, String id)
      throws MojoExecutionException {
    List<CheckResult> results = new ArrayList<>();
    String problem = null;
    try (Boxlite boxlite = Boxlite.open(options())) {
      CheckRunner runner = new CheckRunner(boxlite, id, this::message);
      for (Check check : configured) {
        results.add(log(runner.run(check)));
        if (Thread.currentThread().isInterrupted()) {
          throw new MojoExecutionException("interrupted while running check " + check.name());
        }
      }
    } catch (BoxliteException e) {
      problem = String.valueOf(e.getMessage());
    }
    if (problem != null) {
      getLog().error(problem);
    }
    for (Check check : configured.subList(results.size(), configured.size())) {
      results.add(log(CheckRunner.notRun(check, id, String.valueOf(problem))));
    }
    return results;
  }

  /** Logs what isolated the boxes: one line if it was the same for all of them. */
  private void logIsolation(List<CheckResult> results) {
    Map<String, List<String>> checks = new LinkedHashMap<>();
    for (CheckResult result : results) {
      CheckResult.@Nullable Isolation isolation = result.isolation();
      if (isolation != null) {
        checks.computeIfAbsent(isolation.summary(), s -> new ArrayList<>()).add(result.name());
      }
    }
    checks.forEach(
        (summary, names) ->
            getLog()
                .info(
                    "isolation: "
                        + summary
                        + (checks.size() == 1 ? "" : " (" + String.join(", ", names) + ")")));
  }

  private CheckResult log(CheckResult result) {
    if (result.hasPassed()) {
      getLog().info(result.describe());
    } else {
      getLog().error(result.describe());
    }
    return result;
  }
}
