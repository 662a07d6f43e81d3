package io.boxlite.internal.host.hypervisor;

import io.boxlite.HypervisorUnavailableException;
import java.util.Set;

/** The platform that the guest is built for. */
final class Platform {
  private Platform() {}

  /**
   * Rejects any other platform.
   *
   * @throws HypervisorUnavailableException unless this is Linux on x86-64
   */
  static void requireSupported() {
    requireSupported(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  static void requireSupported(String system, String architecture) {
    if (!system.equals("Linux") || !Set.of("amd64", "x86_64").contains(architecture)) {
      throw new HypervisorUnavailableException(
          "boxes require Linux on x86-64, but this is "
              + system
              + " on "
              + architecture
              + "; use such a machine or virtual machine");
    }
  }
}
