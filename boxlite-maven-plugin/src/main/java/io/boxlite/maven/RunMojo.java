package io.boxlite.maven;

import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.jspecify.annotations.Nullable;

/**
 * Runs the configured checks, each a command in a box of its own, and records the results. A failed
 * check does not fail the build here but in the goal verify, after the phase post-integration-test
 * has cleaned up.
 */
@Mojo(name = "run", defaultPhase = LifecyclePhase.INTEGRATION_TEST, threadSafe = true)
public final class RunMojo extends RecordMojo {
  /** Made by Maven, which sets the parameters. */
  public RunMojo() {}

  @Override
  void perform(List<Check> configured, Path record) throws IOException, MojoExecutionException {
    String id = required(execution, "execution").getExecutionId();
    CheckRecord before = CheckRecord.read(record).without(id, configured);
    before.write(record);
    if (configured.isEmpty()) {
      getLog().warn("no checks are configured: there is no <check> in <checks>");
      return;
    }
    List<CheckResult> results = runAll(configured, id);
    before.with(results).write(record);
    String module = required(project, "project").getArtifactId();
    new JunitReport("boxlite." + module + "." + id, results).write(reports());
  }

  private List<CheckResult> runAll(List<Check> configured, String id)
      throws MojoExecutionException {
    List<CheckResult> results = new ArrayList<>();
    String problem = null;
    try (Boxlite boxlite = Boxlite.open(options())) {
      CheckRunner runner = new CheckRunner(boxlite, id, this::told);
      for (Check check : configured) {
        results.add(say(runner.run(check)));
        if (Thread.currentThread().isInterrupted()) {
          throw new MojoExecutionException("interrupted while running check " + check.name());
        }
      }
    } catch (BoxliteException e) {
      problem = String.valueOf(e.getMessage());
    }
    sayUnlessNull(problem);
    for (Check check : configured.subList(results.size(), configured.size())) {
      results.add(say(CheckRunner.notRun(check, id, String.valueOf(problem))));
    }
    return results;
  }

  private void sayUnlessNull(@Nullable String problem) {
    if (problem != null) {
      getLog().error(problem);
    }
  }

  private CheckResult say(CheckResult result) {
    if (result.hasPassed()) {
      getLog().info(result.describe());
    } else {
      getLog().error(result.describe());
    }
    return result;
  }
}
