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

/** A goal that reads the configured checks. */
abstract class ChecksMojo extends EngineMojo {
  /**
   * The checks: check elements, each of them a command to run in a new box. The elements of a
   * check:
   *
   * <ul>
   *   <li>name: its name in reports, unique in the module;
   *   <li>command: arg elements, the program and its arguments; or text, run by sh -c in the box;
   *   <li>image: the image of the box; the built-in BusyBox image by default;
   *   <li>env: an element for each variable; workingDir, user: the directory and user of the
   *       command;
   *   <li>files: file elements, each with source (on the host), target (an absolute path in the
   *       box), owner (root by default) and mode (octal);
   *   <li>stdin (text) or stdinFile: the standard input;
   *   <li>box: cpus, memoryMib, diskMib, accelerator, addressRandomization (true or false),
   *       startTimeout, hostname, pullPolicy, network (none, or outbound and rules such as
   *       pypi.example:443), secrets (API_KEY=env:CI_KEY -> api.example.com, one for each element:
   *       values that the box uses and never sees), security (development, standard or maximum, and
   *       changes such as maxCpuTime=10s), prepare (shell commands, one for each element; their
   *       result is saved as a template), volumes (SOURCE:/PATH, with :ro or :shared behind it, one
   *       for each element), tmpfs (/PATH:SIZE, one for each element), startCommand (the main
   *       command: image, or a program and its arguments, one for each element), waitFor (what
   *       makes the box ready, one for each element: port:5432, http:8080/health=200, output:TEXT
   *       or exec:COMMAND);
   *   <li>limits: timeout, cpuTime, memoryMib, stackMib (or unlimited), maxProcesses, maxOpenFiles,
   *       maxFileSizeMib, maxOutput: these end the command; keepOutput: what happens to output
   *       beyond maxOutput (kill, head, tail);
   *   <li>expect: exitCode (0 by default), outcome (EXITED, SIGNALED, TIMED_OUT, CPU_TIME_EXCEEDED,
   *       OUT_OF_MEMORY, BOX_OUT_OF_MEMORY, OUTPUT_LIMIT_EXCEEDED), stdout and stderr (each with
   *       contains, matches, equals, equalsFile), maxWallTime, maxMemory: any other result fails
   *       the check.
   * </ul>
   *
   * Times and sizes have a unit: 500ms, 5s, 2min, 1h; 64KiB, 64MiB, 1GiB.
   */
  @Parameter @Nullable PlexusConfiguration checks;

  /** Whether to skip the goal. */
  @Parameter(property = "boxlite.maven.skip", defaultValue = "false")
  boolean skip;

  /** Whether to skip the goal, as skipTests does for Surefire and Failsafe. */
  @Parameter(property = "skipTests", defaultValue = "false")
  boolean skipTests;

  /** Whether to skip the goal, as skipITs does for Failsafe. */
  @Parameter(property = "skipITs", defaultValue = "false")
  boolean skipITs;

  /** Whether to skip the goal, as maven.test.skip does for Surefire and the compiler. */
  @Parameter(property = "maven.test.skip", defaultValue = "false")
  boolean mavenTestSkip;

  ChecksMojo() {}

  @Override
  final void perform() throws MojoExecutionException, MojoFailureException {
    if (skip || skipTests || skipITs || mavenTestSkip) {
      getLog().info("skipped");
      return;
    }
    perform(checks == null ? List.of() : readChecks(checks, basedir()));
  }

  /** Runs the goal with the configured checks. */
  abstract void perform(List<Check> configured) throws MojoExecutionException, MojoFailureException;

  static <T> T required(@Nullable T parameter, String name) {
    if (parameter == null) {
      throw new InvalidConfigurationException(
          "<" + name + "> is empty; give it a value or remove it");
    }
    return parameter;
  }

  final List<Check> readChecks(PlexusConfiguration element, @Nullable File basedir) {
    return new CheckReader(required(basedir, "basedir").toPath())
        .read(new ConfigNode(element, "<checks>", this::evaluate));
  }

  /** Evaluates Maven's expressions, which Maven does not evaluate inside the parameter checks. */
  final String evaluate(String text) {
    if (!text.contains("${") && !text.contains("@{")) {
      return text;
    }
    MojoExecution mojo = required(execution, "execution");
    try {
      Object value =
          new PluginParameterExpressionEvaluator(required(session, "session"), mojo).evaluate(text);
      return value == null ? text : value.toString(); // an unknown variable is left to the shell
    } catch (ExpressionEvaluationException e) {
      throw new InvalidConfigurationException(
          "cannot evaluate \"" + text + "\": " + e.getMessage());
    }
  }
}
