package io.boxlite.internal.vm.qemu;

import io.boxlite.Accelerator;
import io.boxlite.BoxStartException;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.internal.host.ExecutablePath;
import io.boxlite.internal.host.cgroup.CgroupLimits;
import io.boxlite.internal.host.jail.Jail;
import io.boxlite.internal.host.jail.JailSupport;
import io.boxlite.internal.host.jail.ProgramFiles;
import io.boxlite.internal.vm.machine.Confinement;
import io.boxlite.internal.vm.machine.MachineSpec;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Makes the launchers of a QEMU's machines. */
final class QemuLaunchers {
  /** What QEMU may write to a file besides the disk that it holds, such as qcow2's tables. */
  private static final int METADATA_MIB = 16;

  /** What QEMU needs besides its guest's memory: 64 MiB of translated code, and itself. */
  private static final int OWN_MEMORY_MIB = 256;

  /** QEMU's threads besides those of the virtual processors; up to 64 wait for its files. */
  private static final int OWN_THREADS = 96;

  /** QEMU's main thread works beside the virtual processors, above all during a start. */
  private static final int OWN_CPUS = 1;

  private static final int CPU_WEIGHT = 100; // the default: all boxes have equal shares

  /** The files of QEMU binaries, which are looked up once in each JVM. */
  private static final Map<Path, ProgramFiles> PROGRAMS = new ConcurrentHashMap<>();

  private final Path program;
  private final Accelerator accelerator;
  private final TemplateMemories memories;

  QemuLaunchers(Path program, Accelerator accelerator, TemplateMemories memories) {
    this.program = program;
    this.accelerator = accelerator;
    this.memories = memories;
  }

  /**
   * Returns the launcher of a machine.
   *
   * @param files the files that it reads, by their paths on the host
   * @param fileMib the size of the largest file that it writes, in MiB
   * @throws HypervisorUnavailableException when it needs a jail and there can be none
   */
  QemuLauncher of(MachineSpec spec, QemuFiles files, int fileMib) {
    Confinement confinement = spec.confinement();
    if (!confinement.jail()) {
      return new DirectLauncher(files);
    }
    if (!ExecutablePath.isExecutable(program)) {
      throw new BoxStartException("QEMU at " + program + " is gone", "", null);
    }
    JailSupport support = JailSupport.ofThisMachine();
    Jail jail =
        support.jail().orElseThrow(() -> new HypervisorUnavailableException(support.problem()));
    return new JailedLauncher(
        jail,
        files,
        PROGRAMS.computeIfAbsent(
            program, any -> ProgramFiles.of(program, QemuFirmware.directories(program))),
        memories,
        confinement.seccomp() ? Optional.of(QemuFilter.of(accelerator)) : Optional.empty(),
        accelerator == Accelerator.KVM,
        (long) (fileMib + METADATA_MIB) << 20,
        limits(spec, files.backingDisk().isPresent()));
  }

  /**
   * Returns the limits of a machine's process.
   *
   * <p>When a restored guest is the first one to write to a page that was unused in its template,
   * the kernel makes two pages: a zero page in the template's memory, which all machines share, and
   * the copy. Both are charged to this process.
   */
  private static CgroupLimits limits(MachineSpec spec, boolean restored) {
    int guestMib = restored ? 2 * spec.memoryMib() : spec.memoryMib();
    return CgroupLimits.NONE
        .withMemoryBytes((long) (guestMib + OWN_MEMORY_MIB) << 20)
        .withProcesses(spec.cpus() + OWN_THREADS)
        .withCpuQuota((spec.cpus() + OWN_CPUS) * 100)
        .withCpuWeight(CPU_WEIGHT);
  }
}
