package io.boxlite.internal.vm;

import io.boxlite.Accelerator;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.internal.host.GuestFiles;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.cgroup.HostCgroups;
import io.boxlite.internal.host.hypervisor.QemuBinary;
import io.boxlite.internal.host.settings.Settings;
import io.boxlite.internal.vm.machine.Hypervisor;
import io.boxlite.internal.vm.qemu.QemuHypervisor;
import io.boxlite.internal.vm.qemu.TemplateMemories;

/** Chooses the hypervisor for an accelerator; the only place that names implementations. */
public final class Hypervisors implements AutoCloseable {
  private final Settings settings;
  private final Home home;
  private final TemplateMemories memories = new TemplateMemories();

  /**
   * Chooses among the hypervisors of this machine, and removes the cgroups that dead JVMs have
   * left.
   *
   * @param home where the guest's files are extracted to
   */
  public Hypervisors(Settings settings, Home home) {
    this.settings = settings;
    this.home = home;
    HostCgroups.detect().ifPresent(HostCgroups::sweep);
  }

  /**
   * Finds the hypervisor for an accelerator on this machine.
   *
   * @param accelerator any but {@link Accelerator#AUTO}
   * @throws HypervisorUnavailableException when its program is missing or cannot be used
   */
  public Hypervisor choose(Accelerator accelerator) {
    return switch (accelerator) {
      case KVM, TCG ->
          new QemuHypervisor(
              QemuBinary.find(settings.qemu()), accelerator, GuestFiles.extract(home), memories);
      case AUTO ->
          throw new IllegalArgumentException("accelerator is AUTO; resolve it to KVM or TCG first");
    };
  }

  /** Frees what its hypervisors keep for their next machines. */
  @Override
  public void close() {
    memories.close();
  }
}
