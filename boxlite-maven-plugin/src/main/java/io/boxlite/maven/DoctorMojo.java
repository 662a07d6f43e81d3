package io.boxlite.maven;

import io.boxlite.HostFinding;
import io.boxlite.HostInfo;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Reports whether boxes can start on this machine: the accelerator and the reason for its choice,
 * QEMU, the guest's kernel, disk space, and each problem with its solution.
 */
@Mojo(name = "doctor", requiresProject = false, threadSafe = true)
public final class DoctorMojo extends EngineMojo {
  /** Whether to fail the build when boxes cannot start on this machine. */
  @Parameter(property = "boxlite.doctor.failIfUnavailable", defaultValue = "false")
  boolean failIfUnavailable;

  /** Called by Maven, which then sets the parameters. */
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
          "boxes cannot start on this machine: " + String.join("; ", host.problems()));
    }
  }
}
