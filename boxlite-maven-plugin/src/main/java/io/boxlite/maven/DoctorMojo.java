package io.boxlite.maven;

import io.boxlite.HostFinding;
import io.boxlite.HostInfo;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Prints what this machine can do for boxes: the accelerator and why that one, QEMU, the guest's
 * kernel, disk space, and each problem that keeps boxes from starting with what mends it.
 */
@Mojo(name = "doctor", requiresProject = false, threadSafe = true)
public final class DoctorMojo extends EngineMojo {
  /** Whether the build fails when no box can start on this machine. */
  @Parameter(property = "boxlite.doctor.failIfUnavailable", defaultValue = "false")
  boolean failIfUnavailable;

  /** Made by Maven, which sets the parameters. */
  public DoctorMojo() {}

  @Override
  void perform() throws MojoFailureException {
    HostInfo host = HostInfo.inspect(options());
    for (HostFinding finding : host.findings()) {
      if (finding.severity() == HostFinding.Severity.PROBLEM) {
        getLog().warn(finding.toString());
      } else {
        getLog().info(finding.toString());
      }
    }
    if (failIfUnavailable && !host.canStartBoxes()) {
      throw new MojoFailureException(
          "no box can start on this machine: " + String.join("; ", host.problems()));
    }
  }
}
