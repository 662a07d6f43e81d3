package io.boxlite.internal.vm.qemu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.boxlite.Accelerator;
import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.machine.RootDevices;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * QEMU's command line for a micro-VM. QEMU must run in the box's directory, since files in it have
 * relative names.
 *
 * <p>Paths are passed in JSON or as whole arguments, because in QEMU's own {@code key=value,…} form
 * a comma ends a path.
 */
final class QemuCommandLine {
  static final String SCRATCH_DISK = "scratch.ext4";

  /** The name of the scratch disk in QEMU. */
  static final String SCRATCH_NODE = "scratch";

  /** The name of the agent's character device in QEMU. */
  static final String AGENT = "agent";

  static final String AGENT_SOCKET = "agent.sock";
  static final String CONSOLE_SOCKET = "console.sock";
  static final String MONITOR_SOCKET = "monitor.sock";
  static final String AGENT_PORT = "io.boxlite.agent";

  /** The names of the disks in the guest, whose kernel numbers them in the order of the options. */
  static final RootDevices ROOT_DEVICES = new RootDevices("/dev/vda", "/dev/vdb");

  private static final int TRANSLATIONS_MIB = 64;

  private static final String KERNEL_ARGUMENTS =
      "console=ttyS0 quiet panic=-1 reboot=t rcupdate.rcu_expedited=1";

  /** Prevents a workaround in the kernel for the processor model that the emulator presents. */
  private static final String EMULATED_KERNEL_ARGUMENTS = " idle=halt";

  private static final String SAME_ADDRESSES = " norandmaps";

  /**
   * The emulator executes {@code rep movsb} byte by byte; without ERMS and FSRM guests avoid it.
   */
  private static final String EMULATED_CPU = "max,-erms,-fsrm";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String id;
  private final QemuHypervisor hypervisor;
  private final MachineSpec spec;
  private final GuestMemory memory;
  private final Path scratch;
  private final boolean restored;

  private QemuCommandLine(
      String id,
      QemuHypervisor hypervisor,
      MachineSpec spec,
      GuestMemory memory,
      Path scratch,
      boolean restored) {
    this.id = id;
    this.hypervisor = hypervisor;
    this.spec = spec;
    this.memory = memory;
    this.scratch = scratch;
    this.restored = restored;
  }

  /**
   * Returns the program and its arguments for a machine that boots, with a scratch disk in its
   * directory.
   */
  static List<String> toBoot(
      String id, QemuHypervisor hypervisor, MachineSpec spec, GuestMemory memory) {
    return new QemuCommandLine(id, hypervisor, spec, memory, Path.of(SCRATCH_DISK), false).toList();
  }

  /**
   * Returns the program and its arguments for a machine that waits for the command to load the
   * state of its devices from standard input, and then resumes at once.
   *
   * @param state the directory of the saved state
   */
  static List<String> toRestore(
      String id, QemuHypervisor hypervisor, MachineSpec spec, Path state) {
    GuestMemory memory =
        GuestMemory.privateFile(spec.memoryMib(), state.resolve(SavedState.MEMORY));
    return new QemuCommandLine(
            id, hypervisor, spec, memory, state.resolve(SavedState.SCRATCH), true)
        .toList();
  }

  private List<String> toList() {
    List<String> words = new ArrayList<>();
    words.add(hypervisor.program().toString());
    add(words, "-name", "boxlite-" + id + ",debug-threads=on");
    words.addAll(List.of("-nodefaults", "-no-user-config", "-nographic", "-no-reboot"));
    add(
        words,
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    machine(words);
    kernel(words);
    add(words, "-chardev", "socket,id=monitor,path=" + MONITOR_SOCKET);
    add(words, "-mon", "chardev=monitor,mode=control");
    add(words, "-chardev", "socket,id=console,path=" + CONSOLE_SOCKET);
    add(words, "-serial", "chardev:console");
    disk(words, "root", spec.rootImage(), true);
    if (restored) {
      add(words, "-incoming", "defer");
      copyOnWriteDisk(words, SCRATCH_NODE, scratch);
    } else {
      // A machine that is restored from the state of this one must resume by itself.
      add(words, "-global", "migration.store-global-state=off");
      disk(words, SCRATCH_NODE, scratch, false);
    }
    add(words, "-device", "virtio-serial-device,max_ports=2");
    add(words, "-chardev", "socket,id=" + AGENT + ",path=" + AGENT_SOCKET);
    add(words, "-device", "virtserialport,chardev=" + AGENT + ",name=" + AGENT_PORT);
    add(words, "-device", "virtio-rng-device");
    return List.copyOf(words);
  }

  private void machine(List<String> words) {
    add(words, "-object", json(memory.properties()));
    add(
        words,
        "-machine",
        "microvm,acpi=off,rtc=on,pit=on,pic=on,isa-serial=on,memory-backend=" + GuestMemory.ID);
    if (hypervisor.accelerator() == Accelerator.KVM) {
      add(words, "-accel", "kvm");
      add(words, "-cpu", "host");
    } else {
      add(words, "-accel", "tcg,tb-size=" + TRANSLATIONS_MIB);
      add(words, "-cpu", EMULATED_CPU);
    }
    add(words, "-smp", Integer.toString(spec.cpus()));
    add(words, "-m", memory.mib() + "M");
  }

  private void kernel(List<String> words) {
    add(words, "-kernel", hypervisor.kernel(spec).toString());
    add(words, "-initrd", hypervisor.initramfs().toString());
    add(
        words,
        "-append",
        KERNEL_ARGUMENTS
            + (hypervisor.accelerator() == Accelerator.TCG ? EMULATED_KERNEL_ARGUMENTS : "")
            + (spec.addressRandomization() ? "" : SAME_ADDRESSES));
  }

  /** Adds a disk. Any number of boxes may use the file of a read-only disk. */
  private static void disk(List<String> words, String name, Path file, boolean readOnly) {
    add(
        words,
        "-blockdev",
        json(
            Map.of(
                "node-name",
                name,
                "driver",
                "raw",
                "read-only",
                readOnly,
                "discard",
                readOnly ? "ignore" : "unmap",
                "cache",
                Map.of("no-flush", !readOnly),
                "file",
                Map.of(
                    "driver",
                    "file",
                    "filename",
                    file.toString(),
                    "locking",
                    readOnly ? "off" : "auto"))));
    diskDevice(words, name, readOnly);
  }

  /**
   * Adds a disk with the content of a file that is not modified. Writes go to an unnamed file in
   * the box's directory ({@code TMPDIR}), which only {@code -drive} supports.
   */
  private static void copyOnWriteDisk(List<String> words, String name, Path file) {
    add(
        words,
        "-drive",
        "if=none,id="
            + name
            + ",format=raw,snapshot=on,discard=unmap,cache=unsafe,file.locking=off,file="
            + file.toString().replace(",", ",,"));
    diskDevice(words, name, false);
  }

  private static void diskDevice(List<String> words, String name, boolean readOnly) {
    add(
        words,
        "-device",
        "virtio-blk-device,drive="
            + name
            + ",serial="
            + name
            + (readOnly ? "" : ",werror=report,rerror=report"));
  }

  private static void add(List<String> words, String option, String value) {
    words.add(option);
    words.add(value);
  }

  private static String json(Map<String, ?> value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an option cannot be written as JSON", e);
    }
  }
}
