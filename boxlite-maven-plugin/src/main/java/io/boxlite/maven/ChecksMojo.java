package io.boxlite.maven;

import java.io.File;
import java.util.List;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.PluginParameterExpressionEvaluator;
import org.apache.maven.plugins.annotations.Parameter;
import org.codehaus.plexus.component.configurator.expression.ExpressionEvaluationException;
import org.codehaus.plexus.configuration.PlexusConfiguration;
import org.jspecify.annotations.Nullable;

/** A goal that knows the configured checks. */
abstract class ChecksMojo extends EngineMojo {
  /**
   * The checks: check elements, each a command to run in a box of its own. Its elements:
   *
   * <ul>
   *   <li>name: what to call it in reports, unique in the module;
   *   <li>command: arg elements, the program and its arguments; or text, run by sh -c in the box;
   *   <li>image: the image of the box; the built-in BusyBox image by default;
   *   <li>env: an element for each variable; workingDir, user: where and as whom to run;
   *   <li>files: file elements, each with source (here), target (an absolute path in the box),
   *       owner (root by default) and mode (octal);
   *   <li>stdin (text) or stdinFile: what to feed to standard input;
   *   <li>box: cpus, memoryMib, diskMib, accelerator, addressRandomization (true or false),
   *       startTimeout, hostname, pullPolicy, network (none), prepare (shell commands, an element
   *       each, whose result is saved as a template);
   *   <li>limits: timeout, cpuTime, memoryMib, stackMib (or unlimited), maxProcesses, maxOpenFiles,
   *       maxFileSizeMib, maxOutput: what ends the command; keepOutput: what happens beyond
   *       maxOutput (kill, head, tail);
   *   <li>expect: exitCode (0 by default), outcome (EXITED, SIGNALED, TIMED_OUT, CPU_TIME_EXCEEDED,
   *       OUT_OF_MEMORY, BOX_OUT_OF_MEMORY, OUTPUT_LIMIT_EXCEEDED), stdout and stderr (each with
   *       contains, matches, equals, equalsFile), maxWallTime, maxMemory: what fails the check.
   * </ul>
   *
   * Times have a unit (500ms, 5s, 2min, 1h), sizes too (64KiB, 64MiB, 1GiB).
   */
  @Parameter @Nullable PlexusConfiguration checks;

  /** Whether nothing is pulled, run or verified. */
  @Parameter(property = "boxlite.maven.skip", defaultValue = "false")
  boolean skip;

  /** As Maven's other test plugins have it: whether tests of any kind are skipped. */
  @Parameter(property = "skipTests", defaultValue = "false")
  boolean skipTests;

  /** As Failsafe has it: whether integration tests are skipped. */
  @Parameter(property = "skipITs", defaultValue = "false")
  boolean skipITs;

  /** As Maven's other test plugins have it: whether tests are neither compiled nor run. */
  @Parameter(property = "maven.test.skip", defaultValue = "false")
  boolean mavenTestSkip;

  ChecksMojo() {}

  @Override
  final void perform() throws MojoExecutionException, MojoFailureException {
    if (skip || skipTests || skipITs || mavenTestSkip) {
      getLog().info("skipped");
      return;
    }
    perform(checks == null ? List.of() : readChecks(checks, here()));
  }

  /** Does what the goal is for, with the configured checks. */
  abstract void perform(List<Check> configured) throws MojoExecutionException, MojoFailureException;

  static <T> T required(@Nullable T parameter, String name) {
    if (parameter == null) {
      throw new BadConfiguration("<" + name + "> is empty; give it a value or take it out");
    }
    return parameter;
  }

  final List<Check> readChecks(PlexusConfiguration element, @Nullable File basedir) {
    return new CheckReader(required(basedir, "basedir").toPath())
        .read(new ConfigNode(element, "<checks>", this::evaluate));
  }

  /** Maven leaves expressions inside a parameter like this one to the goal. */
  final String evaluate(String text) {
    if (!text.contains("${") && !text.contains("@{")) {
      return text;
    }
    MojoExecution mojo = required(execution, "execution");
    try {
      Object value =
          new PluginParameterExpressionEvaluator(required(session, "session"), mojo).evaluate(text);
      return value == null ? text : value.toString(); // else it is the shell's, not Maven's
    } catch (ExpressionEvaluationException e) {
      throw new BadConfiguration("cannot evaluate \"" + text + "\": " + e.getMessage());
    }
  }
}
