package io.boxlite.internal.host.hypervisor;

import com.sun.management.OperatingSystemMXBean;
import io.boxlite.BoxliteException;
import io.boxlite.HostInfo;
import io.boxlite.SecurityUnavailable;
import io.boxlite.internal.host.DiskUsage;
import io.boxlite.internal.host.GuestManifest;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.cgroup.HostCgroups;
import io.boxlite.internal.host.jail.JailSupport;
import io.boxlite.internal.host.settings.Setting;
import io.boxlite.internal.host.settings.Settings;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Checks everything that boxes need from this machine, and collects what is missing. */
public final class HostInspection {
  /** Less does not suffice for a small image and a box. */
  private static final long MIN_FREE_BYTES = 512L << 20;

  private final List<String> problems = new ArrayList<>();

  private HostInspection() {}

  /** Inspects this machine with the given settings. */
  public static HostInfo inspect(Settings settings) {
    return new HostInspection().run(settings);
  }

  private HostInfo run(Settings settings) {
    Optional<QemuBinary> qemu = attempt(() -> QemuBinary.find(settings.qemu()));
    Optional<AcceleratorChoice> choice =
        attempt(() -> AcceleratorChoice.of(settings.accelerator()));
    Optional<GuestManifest> guest = attempt(GuestManifest::read);
    attempt(() -> Home.open(settings.home()));
    long free = freeBytes(settings.home());
    if (free < MIN_FREE_BYTES) {
      problems.add(
          "the disk of "
              + settings.home()
              + " has only "
              + (free >> 20)
              + " MiB left; free some, or set "
              + Setting.HOME.variable()
              + " to a directory on another disk");
    }
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    AcceleratorChoice accelerator =
        choice.orElseGet(() -> new AcceleratorChoice(settings.accelerator(), "it does not work"));
    HostInfo.Builder host =
        HostInfo.builder(settings.home())
            .operatingSystem(system.getName() + " " + system.getVersion())
            .architecture(system.getArch())
            .cpus(Runtime.getRuntime().availableProcessors())
            .memoryBytes(system.getTotalMemorySize())
            .accelerator(accelerator.accelerator())
            .acceleratorReason(accelerator.reason())
            .homeFreeBytes(free)
            .isolation(isolation(settings.securityUnavailable()))
            .problems(problems);
    qemu.ifPresent(binary -> host.qemu(binary.path()).qemuVersion(binary.version()));
    guest.ifPresent(
        manifest -> host.guestKernel(manifest.kernelRelease()).guestAgent(manifest.agentVersion()));
    return host.build();
  }

  /** Describes what can confine a box; it is a problem when boxes may not do without it. */
  private String isolation(SecurityUnavailable unavailable) {
    JailSupport support = JailSupport.ofThisMachine();
    if (support.jail().isEmpty()) {
      if (unavailable == SecurityUnavailable.FAIL) {
        problems.add("boxes cannot be confined: " + support.problem());
      }
      return "no jail, because " + support.problem();
    }
    return "jail and system call filter; "
        + HostCgroups.detect()
            .map(HostCgroups::description)
            .orElseGet(() -> "no cgroups, because " + HostCgroups.unavailableReason());
  }

  private <T> Optional<T> attempt(Supplier<T> look) {
    try {
      return Optional.of(look.get());
    } catch (BoxliteException e) {
      problems.add(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /**
   * Returns the free bytes of the nearest existing directory, in which the home would be created.
   */
  private static long freeBytes(Path home) {
    for (Path directory = home; directory != null; directory = directory.getParent()) {
      if (Files.exists(directory)) {
        return DiskUsage.freeBytes(directory);
      }
    }
    return 0;
  }
}
