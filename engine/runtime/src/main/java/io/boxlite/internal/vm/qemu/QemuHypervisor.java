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
  private static final Path NO_INPUT = Path.of("/dev/null");

  private final QemuBinary binary;
  private final Accelerator accelerator;
  private final IntFunction<Path> kernels;
  private final Path initramfs;
  private final Path scratchSeed;
  private final QemuLaunchers launchers;

  /**
   * Runs machines that boot the engine's guest.
   *
   * @param memories the memory of saved states, for jailed machines
   */
  public QemuHypervisor(
      QemuBinary binary, Accelerator accelerator, GuestFiles guest, TemplateMemories memories) {
    this(binary, accelerator, guest::kernel, guest.initramfs(), guest.scratch(), memories);
  }

  /**
   * Runs machines that boot any guest.
   *
   * @param accelerator {@link Accelerator#KVM} or {@link Accelerator#TCG}
   * @param kernels the kernel for a number of processors
   * @param initramfs the guest's initramfs, with the agent
   * @param scratchSeed the file system that scratch disks start as
   * @param memories the memory of saved states, for jailed machines
   */
  public QemuHypervisor(
      QemuBinary binary,
      Accelerator accelerator,
      IntFunction<Path> kernels,
      Path initramfs,
      Path scratchSeed,
      TemplateMemories memories) {
    if (accelerator == Accelerator.AUTO) {
      throw new IllegalArgumentException("accelerator is AUTO; resolve it to KVM or TCG first");
    }
    this.binary = binary;
    this.accelerator = accelerator;
    this.kernels = kernels;
    this.initramfs = initramfs;
    this.scratchSeed = scratchSeed;
    launchers = new QemuLaunchers(binary.path(), accelerator, memories);
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
    return start(
        directory,
        onEnd,
        () -> {
          Path disk = createScratchDisk(directory, spec);
          QemuFiles files = files(spec, Optional.empty());
          // The guest's memory is a file, too, for the limit on the size of files.
          QemuLauncher launcher =
              launchers.of(spec, files, Math.max(spec.diskMib(), spec.memoryMib()));
          GuestMemory memory = GuestMemory.anonymous(spec.memoryMib());
          List<String> argv = commandLine(directory, spec, launcher, memory);
          return new QemuStart(
              directory, launcher, argv, NO_INPUT, spec.networkCard(), List.of(disk), null, null);
        });
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
    return start(
        directory,
        () -> {},
        () -> {
          Path disk = createScratchDisk(directory, spec);
          QemuFiles files = files(spec, Optional.empty());
          QemuLauncher launcher = launchers.of(spec, files, spec.diskMib());
          GuestMemory memory = GuestMemory.standardInput(spec.memoryMib());
          List<String> argv = commandLine(directory, spec, launcher, memory);
          MemoryFile file =
              MemoryFile.create("boxlite-" + directory.id(), (long) spec.memoryMib() << 20);
          return new QemuStart(
              directory,
              launcher,
              argv,
              file.path(),
              spec.networkCard(),
              List.of(disk),
              file,
              null);
        });
  }

  @Override
  public Machine restore(BoxDirectory directory, MachineSpec spec, Path state, Runnable onEnd)
      throws IOException {
    return start(
        directory,
        onEnd,
        () -> {
          Path overlay = directory.file(QemuCommandLine.SCRATCH_OVERLAY);
          ScratchOverlay.create(overlay, (long) spec.diskMib() << 20);
          Path copy = Files.createFile(directory.file(QemuCommandLine.DISK_COPY));
          QemuFiles files = files(spec, Optional.of(state.resolve(SavedState.SCRATCH)));
          QemuLauncher launcher = launchers.of(spec, files, spec.diskMib());
          GuestMemory memory = GuestMemory.privateFile(spec.memoryMib(), launcher.memory(state));
          List<String> argv = commandLine(directory, spec, launcher, memory);
          Path devices = state.resolve(SavedState.DEVICES);
          return new QemuStart(
              directory,
              launcher,
              argv,
              devices,
              spec.networkCard(),
              List.of(overlay, copy),
              null,
              state);
        });
  }

  /** Prepares the start of a QEMU. */
  private interface Preparation {
    QemuStart run() throws IOException;
  }

  private static QemuMachine start(BoxDirectory directory, Runnable onEnd, Preparation preparation)
      throws IOException {
    QemuStart start;
    try {
      start = preparation.run();
    } catch (IOException | RuntimeException | Error e) {
      directory.close();
      throw e;
    }
    return QemuMachine.start(start, onEnd);
  }

  private List<String> commandLine(
      BoxDirectory directory, MachineSpec spec, QemuLauncher launcher, GuestMemory memory) {
    return QemuCommandLine.of(directory.id(), this, spec, launcher.files(), memory);
  }

  private Path createScratchDisk(BoxDirectory directory, MachineSpec spec) throws IOException {
    Path disk = directory.file(QemuCommandLine.SCRATCH_DISK);
    ScratchDisk.create(scratchSeed, disk, spec.diskMib());
    return disk;
  }

  /** Returns the files that QEMU reads, by their paths on the host. */
  QemuFiles files(MachineSpec spec, Optional<Path> backingDisk) {
    return new QemuFiles(kernel(spec), initramfs, spec.rootImage(), backingDisk);
  }

  /** Returns the QEMU binary. */
  Path program() {
    return binary.path();
  }

  private Path kernel(MachineSpec spec) {
    return kernels.apply(spec.cpus());
  }
}
