package io.boxlite.internal.vm.qemu;

import io.boxlite.Accelerator;
import io.boxlite.BoxliteException;
import io.boxlite.internal.host.GuestFiles;
import io.boxlite.internal.host.MemoryFile;
import io.boxlite.internal.host.hypervisor.HostCpu;
import io.boxlite.internal.host.hypervisor.QemuBinary;
import io.boxlite.internal.vm.machine.BoxDirectory;
import io.boxlite.internal.vm.machine.ContentName;
import io.boxlite.internal.vm.machine.Hypervisor;
import io.boxlite.internal.vm.machine.Machine;
import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.machine.RootDevices;
import io.boxlite.internal.vm.machine.SaveableMachine;
import io.boxlite.internal.vm.machine.ScratchDisk;
import io.boxlite.internal.vm.machine.StateSaving;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/** Runs each machine in a QEMU process, with KVM or with QEMU's emulator. */
public final class QemuHypervisor implements Hypervisor, StateSaving {
  private final QemuBinary binary;
  private final Accelerator accelerator;
  private final IntFunction<Path> kernels;
  private final Path initramfs;
  private final Path scratchSeed;

  /** Runs machines that boot the engine's guest. */
  public QemuHypervisor(QemuBinary binary, Accelerator accelerator, GuestFiles guest) {
    this(binary, accelerator, guest::kernel, guest.initramfs(), guest.scratch());
  }

  /**
   * Runs machines that boot any guest.
   *
   * @param accelerator {@link Accelerator#KVM} or {@link Accelerator#TCG}
   * @param kernels the kernel for a number of processors
   * @param initramfs the guest's initramfs, with the agent
   * @param scratchSeed the file system that scratch disks start as
   */
  public QemuHypervisor(
      QemuBinary binary,
      Accelerator accelerator,
      IntFunction<Path> kernels,
      Path initramfs,
      Path scratchSeed) {
    if (accelerator == Accelerator.AUTO) {
      throw new IllegalArgumentException("accelerator is AUTO; resolve it to KVM or TCG first");
    }
    this.binary = binary;
    this.accelerator = accelerator;
    this.kernels = kernels;
    this.initramfs = initramfs;
    this.scratchSeed = scratchSeed;
  }

  @Override
  public Accelerator accelerator() {
    return accelerator;
  }

  @Override
  public Map<String, String> fingerprint(MachineSpec spec) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("accelerator", accelerator.name());
    all.put("qemu", binary.version() + " " + sizeAndTime(binary.path()));
    all.put("kernel", ContentName.of(kernel(spec)));
    all.put("initramfs", ContentName.of(initramfs));
    all.put("scratchSeed", ContentName.of(scratchSeed));
    if (accelerator == Accelerator.KVM) {
      // The guest has detected the processor's features, and relies on them.
      all.put("processor", HostCpu.description());
    }
    return all;
  }

  /** Identifies the binary: one that is replaced keeps its path, and often its version. */
  private static String sizeAndTime(Path program) {
    try {
      return Files.size(program) + " " + Files.getLastModifiedTime(program).toMillis();
    } catch (IOException e) {
      throw new BoxliteException("cannot read the attributes of " + program + ": " + e, e);
    }
  }

  @Override
  public Optional<RootDevices> rootDevices() {
    return Optional.of(QemuCommandLine.ROOT_DEVICES);
  }

  @Override
  public Machine boot(BoxDirectory directory, MachineSpec spec, Runnable onEnd) throws IOException {
    createScratchDisk(directory, spec);
    return QemuMachine.booting(
        directory,
        QemuCommandLine.toBoot(directory.id(), this, spec, GuestMemory.anonymous(spec.memoryMib())),
        onEnd);
  }

  @Override
  public Optional<StateSaving> stateSaving() {
    return Optional.of(this);
  }

  @Override
  public List<String> files() {
    return SavedState.FILES;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The guest's memory is a file in memory, not in the directory of the saved state: if the disk
   * filled up while the guest writes, QEMU would be killed by SIGBUS.
   */
  @Override
  public SaveableMachine boot(BoxDirectory directory, MachineSpec spec) throws IOException {
    createScratchDisk(directory, spec);
    MemoryFile memory;
    try {
      memory = MemoryFile.create("boxlite-" + directory.id(), (long) spec.memoryMib() << 20);
    } catch (RuntimeException | Error e) {
      directory.close();
      throw e;
    }
    return QemuMachine.bootingInFile(
        directory,
        QemuCommandLine.toBoot(
            directory.id(), this, spec, GuestMemory.standardInput(spec.memoryMib())),
        memory);
  }

  @Override
  public Machine restore(BoxDirectory directory, MachineSpec spec, Path state, Runnable onEnd)
      throws IOException {
    return QemuMachine.restoring(
        directory,
        QemuCommandLine.toRestore(directory.id(), this, spec, state),
        state.resolve(SavedState.DEVICES),
        onEnd);
  }

  private void createScratchDisk(BoxDirectory directory, MachineSpec spec) throws IOException {
    try {
      ScratchDisk.create(scratchSeed, directory.file(QemuCommandLine.SCRATCH_DISK), spec.diskMib());
    } catch (IOException | RuntimeException | Error e) {
      directory.close();
      throw e;
    }
  }

  /** Returns the QEMU binary. */
  Path program() {
    return binary.path();
  }

  /** Returns the kernel of a machine. */
  Path kernel(MachineSpec spec) {
    return kernels.apply(spec.cpus());
  }

  /** Returns the initramfs of all machines. */
  Path initramfs() {
    return initramfs;
  }
}
