package io.boxlite.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** A goal that writes or reads the results of checks. */
abstract class RecordMojo extends ChecksMojo {
  /** The file in which the goal run records results for the goal verify. */
  @Parameter(defaultValue = "${project.build.directory}/boxlite-checks.json", required = true)
  @Nullable File recordFile;

  /** The directory of the JUnit XML reports. */
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
   * Runs the goal.
   *
   * @param configured the checks
   * @param record the file of the results
   */
  abstract void perform(List<Check> configured, Path record)
      throws IOException, MojoExecutionException, MojoFailureException;

  /** Returns the directory of the reports. */
  final Path reports() {
    return required(reportsDirectory, "reportsDirectory").toPath();
  }
}
