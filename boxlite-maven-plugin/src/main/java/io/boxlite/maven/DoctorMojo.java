package io.boxlite.maven;

import io.boxlite.BoxliteException;
import io.boxlite.BoxliteOptions;
import io.boxlite.HostInfo;
import io.boxlite.internal.host.HostInspection;
import io.boxlite.internal.host.Settings;
import java.io.File;
import java.util.HashMap;
import java.util.Map;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Prints what this machine can do for boxes: the accelerator and why that one, QEMU, the guest's
 * kernel, disk space, and each problem that keeps boxes from starting with what mends it.
 */
@Mojo(name = "doctor", requiresProject = false, threadSafe = true)
public final class DoctorMojo extends AbstractMojo {
  /**
   * The folder of images, templates and boxes. By default the environment variable BOXLITE_HOME
   * names it, else it is the folder boxlite in the user's cache folder.
   */
  @Parameter(property = "boxlite.home")
  @Nullable File home;

  /** The QEMU binary. By default qemu-system-x86_64 is searched for. */
  @Parameter(property = "boxlite.qemu")
  @Nullable File qemu;

  /** The accelerator to look for: AUTO, KVM or TCG. By default AUTO. */
  @Parameter(property = "boxlite.accelerator")
  @Nullable String accelerator;

  /** Whether the build fails when no box can start on this machine. */
  @Parameter(property = "boxlite.doctor.failIfUnavailable", defaultValue = "false")
  boolean failIfUnavailable;

  /** Made by Maven, which sets the parameters. */
  public DoctorMojo() {}

  @Override
  public void execute() throws MojoExecutionException, MojoFailureException {
    HostInfo host;
    try {
      host = HostInspection.inspect(Settings.resolve(options()));
    } catch (BoxliteException e) {
      throw new MojoExecutionException(String.valueOf(e.getMessage()), e);
    }
    host.describe()
        .lines()
        .forEach(
            line -> {
              if (line.startsWith("problem")) {
                getLog().warn(line);
              } else {
                getLog().info(line);
              }
            });
    if (failIfUnavailable && !host.canStartBoxes()) {
      throw new MojoFailureException(
          "no box can start on this machine: " + String.join("; ", host.problems()));
    }
  }

  private BoxliteOptions options() {
    Map<String, String> settings = new HashMap<>();
    if (accelerator != null) {
      settings.put("boxlite.accelerator", accelerator);
    }
    BoxliteOptions.Builder options = BoxliteOptions.builder().fallbackSettings(settings);
    if (home != null) {
      options.home(home.toPath());
    }
    if (qemu != null) {
      options.qemu(qemu.toPath());
    }
    return options.build();
  }
}
