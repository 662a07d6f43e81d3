package io.boxlite.maven;

import io.boxlite.BoxOptions;
import io.boxlite.BoxliteException;
import io.boxlite.BoxliteOptions;
import io.boxlite.ImageNotFoundException;
import io.boxlite.ImageSource;
import io.boxlite.PullPolicy;
import java.io.File;
import java.util.HashMap;
import java.util.Map;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;
import org.jspecify.annotations.Nullable;

/** A goal that uses the engine. */
abstract class EngineMojo extends AbstractMojo {
  /**
   * The directory of images, templates and boxes. Defaults to the environment variable
   * BOXLITE_HOME, otherwise to the directory boxlite in the user's cache directory.
   */
  @Parameter(property = "boxlite.home")
  @Nullable File home;

  /** The QEMU binary. By default, qemu-system-x86_64 is searched for. */
  @Parameter(property = "boxlite.qemu")
  @Nullable File qemu;

  /** The accelerator of boxes that do not name one: AUTO, KVM or TCG. Defaults to AUTO. */
  @Parameter(property = "boxlite.accelerator")
  @Nullable String accelerator;

  /**
   * When to download images from their registries: IF_MISSING, ALWAYS or NEVER. Defaults to
   * IF_MISSING. Always NEVER when Maven is offline.
   */
  @Parameter(property = "boxlite.pull.policy")
  @Nullable String pullPolicy;

  @Parameter(defaultValue = "${session}", readonly = true, required = true)
  @Nullable MavenSession session;

  @Parameter(defaultValue = "${project}", readonly = true)
  @Nullable MavenProject project;

  @Parameter(defaultValue = "${mojoExecution}", readonly = true, required = true)
  @Nullable MojoExecution execution;

  EngineMojo() {}

  @Override
  public final void execute() throws MojoExecutionException, MojoFailureException {
    try {
      if (session != null && project != null && execution != null) {
        ConfigurationValidator.validate(session, project, execution);
      }
      perform();
    } catch (InvalidConfigurationException | BoxliteException e) {
      throw new MojoExecutionException(message(e), e);
    }
  }

  /**
   * Returns the message of an exception, with a note if Maven is offline and an image is missing.
   */
  final String message(RuntimeException problem) {
    boolean missing = problem instanceof ImageNotFoundException;
    boolean offline = session != null && session.isOffline();
    return problem.getMessage()
        + (missing && offline ? " (nothing is downloaded, because Maven is offline)" : "");
  }

  /** Returns the directory from which relative paths start; null outside of a project. */
  final @Nullable File basedir() {
    return project == null ? null : project.getBasedir();
  }

  /** Resolves the path of an image that a module in this directory names. */
  static String in(@Nullable File directory, String image) {
    return directory == null ? image : ImageSource.resolve(directory.toPath(), image);
  }

  /** Resolves the path of the image of a box. */
  static BoxOptions in(@Nullable File directory, BoxOptions box) {
    return box.image()
        .map(image -> box.toBuilder().image(in(directory, image)).build())
        .orElse(box);
  }

  /** Whether the goal was called on the command line, not by an execution in the POM. */
  final boolean isCalled() {
    return execution != null && execution.getSource() == MojoExecution.Source.CLI;
  }

  /** Runs the goal, after its configuration is validated. */
  abstract void perform() throws MojoExecutionException, MojoFailureException;

  /** Returns the engine's options as configured. */
  final BoxliteOptions options() {
    return options(home);
  }

  /** Returns the engine's options as configured, with another home directory. */
  final BoxliteOptions options(@Nullable File home) {
    Map<String, String> settings = new HashMap<>();
    if (accelerator != null) {
      settings.put("boxlite.accelerator", accelerator);
    }
    if (pullPolicy != null) {
      settings.put("boxlite.pull.policy", pullPolicy);
    }
    BoxliteOptions.Builder options = BoxliteOptions.builder().fallbackSettings(settings);
    if (home != null) {
      options.home(home.toPath());
    }
    if (qemu != null) {
      options.qemu(qemu.toPath());
    }
    MavenProxies.of(session)
        .ifPresent(proxies -> options.proxies(proxies, proxies.authenticator()));
    if (session != null && session.isOffline()) {
      options.pullPolicy(PullPolicy.NEVER);
    }
    return options.build();
  }
}
