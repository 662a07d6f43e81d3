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
   * The directory of images, templates and boxes. By default the environment variable BOXLITE_HOME
   * names it, else it is the directory boxlite in the user's cache directory.
   */
  @Parameter(property = "boxlite.home")
  @Nullable File home;

  /** The QEMU binary. By default qemu-system-x86_64 is searched for. */
  @Parameter(property = "boxlite.qemu")
  @Nullable File qemu;

  /** The accelerator of boxes that name none: AUTO, KVM or TCG. By default AUTO. */
  @Parameter(property = "boxlite.accelerator")
  @Nullable String accelerator;

  /**
   * When images are fetched from their registries: IF_MISSING, ALWAYS or NEVER. By default
   * IF_MISSING; NEVER when Maven is offline.
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
        KnownNames.require(session, project, execution);
      }
      perform();
    } catch (BadConfiguration | BoxliteException e) {
      throw new MojoExecutionException(told(e), e);
    }
  }

  /** Says what went wrong, and that Maven is offline where that can be why. */
  final String told(RuntimeException problem) {
    boolean missing = problem instanceof ImageNotFoundException;
    boolean offline = session != null && session.isOffline();
    return problem.getMessage()
        + (missing && offline ? " (nothing is fetched: Maven is offline)" : "");
  }

  /** The directory of the module, where its relative paths start; none outside of any. */
  final @Nullable File here() {
    return project == null ? null : project.getBasedir();
  }

  /** An image as a module in this directory names it. */
  static String in(@Nullable File directory, String image) {
    return directory == null ? image : ImageSource.resolve(directory.toPath(), image);
  }

  /** A box of such an image. */
  static BoxOptions in(@Nullable File directory, BoxOptions box) {
    return box.image()
        .map(image -> box.toBuilder().image(in(directory, image)).build())
        .orElse(box);
  }

  /** Whether the goal was called on the command line, and not by an execution of the project. */
  final boolean isCalled() {
    return execution != null && execution.getSource() == MojoExecution.Source.CLI;
  }

  /** Does what the goal is for. */
  abstract void perform() throws MojoExecutionException, MojoFailureException;

  /** What the configuration says about the engine. */
  final BoxliteOptions options() {
    return options(home);
  }

  /** The same with another home directory. */
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
