package io.boxlite.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** A goal that writes or reads how the checks ended. */
abstract class RecordMojo extends ChecksMojo {
  /** Where the goal run leaves the results for the goal verify. */
  @Parameter(defaultValue = "${project.build.directory}/boxlite-checks.json", required = true)
  @Nullable File recordFile;

  /** Where the results go to as JUnit XML. */
  @Parameter(defaultValue = "${project.build.directory}/boxlite-reports", required = true)
  @Nullable File reportsDirectory;

  RecordMojo() {}

  @Override
  final void perform(List<Check> configured) throws MojoExecutionException, MojoFailureException {
    try {
      perform(configured, required(recordFile, "recordFile").toPath());
    } catch (IOException e) {
      throw new MojoExecutionException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Does what the goal is for.
   *
   * @param configured the checks
   * @param record where the results are kept
   */
  abstract void perform(List<Check> configured, Path record)
      throws IOException, MojoExecutionException, MojoFailureException;

  /** Where the reports go to. */
  final Path reports() {
    return required(reportsDirectory, "reportsDirectory").toPath();
  }
}
