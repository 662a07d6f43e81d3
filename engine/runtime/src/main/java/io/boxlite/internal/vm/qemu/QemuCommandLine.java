package io.boxlite.internal.vm.qemu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.boxlite.Accelerator;
import io.boxlite.internal.network.ip.EthernetLink;
import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.machine.RootDevices;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

  /** What a restored machine writes to its scratch disk. */
  static final String SCRATCH_OVERLAY = "scratch.qcow2";

  /** Where the scratch disk of a restored machine is copied to. */
  static final String DISK_COPY = "scratch-copy.ext4";

  /** The name of the scratch disk in QEMU. */
  static final String SCRATCH_NODE = "scratch";

  /** The name of the agent's character device in QEMU. */
  static final String AGENT = "agent";

  private static final String NETWORK = "network";
  static final String AGENT_SOCKET = "agent.sock";
  static final String NETWORK_SOCKET = "network.sock";
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
  private final QemuFiles files;
  private final GuestMemory memory;

  private QemuCommandLine(
      String id, QemuHypervisor hypervisor, MachineSpec spec, QemuFiles files, GuestMemory memory) {
    this.id = id;
    this.hypervisor = hypervisor;
    this.spec = spec;
    this.files = files;
    this.memory = memory;
  }

  /**
   * Returns the program and its arguments for a machine. With a backing disk it waits for the
   * command to load the state of its devices from standard input, and then resumes at once; without
   * one it boots, with a scratch disk in its directory.
   *
   * @param files the files by the paths that QEMU sees
   */
  static List<String> of(
      String id, QemuHypervisor hypervisor, MachineSpec spec, QemuFiles files, GuestMemory memory) {
    return new QemuCommandLine(id, hypervisor, spec, files, memory).toList();
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
    disk(words, "root", true, image(files.rootImage(), true));
    if (files.backingDisk().isPresent()) {
      add(words, "-incoming", "defer");
      disk(words, SCRATCH_NODE, false, overlay(files.backingDisk().get()));
    } else {
      // A machine that is restored from the state of this one must resume by itself.
      add(words, "-global", "migration.store-global-state=off");
      disk(words, SCRATCH_NODE, false, image(Path.of(SCRATCH_DISK), false));
    }
    add(words, "-device", "virtio-serial-device,max_ports=2");
    add(words, "-chardev", "socket,id=" + AGENT + ",path=" + AGENT_SOCKET);
    add(words, "-device", "virtserialport,chardev=" + AGENT + ",name=" + AGENT_PORT);
    if (spec.networkCard()) {
      networkCard(words);
    }
    add(words, "-device", "virtio-rng-device");
    return List.copyOf(words);
  }

  /** Adds a card whose frames go to the engine. A restored guest has nothing to announce. */
  private static void networkCard(List<String> words) {
    add(
        words,
        "-netdev",
        "stream,id=" + NETWORK + ",server=off,addr.type=unix,addr.path=" + NETWORK_SOCKET);
    add(
        words,
        "-device",
        "virtio-net-device,netdev="
            + NETWORK
            + ",mac="
            + EthernetLink.GUEST_ADDRESS
            + ",host_mtu="
            + EthernetLink.MTU
            + ",guest_announce=off");
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
    add(words, "-kernel", files.kernel().toString());
    add(words, "-initrd", files.initramfs().toString());
    add(
        words,
        "-append",
        KERNEL_ARGUMENTS
            + (hypervisor.accelerator() == Accelerator.TCG ? EMULATED_KERNEL_ARGUMENTS : "")
            + (spec.addressRandomization() ? "" : SAME_ADDRESSES));
  }

  /** Returns a raw image. Any number of boxes may use the file of a read-only one. */
  private static Map<String, Object> image(Path file, boolean readOnly) {
    Map<String, Object> image = new LinkedHashMap<>();
    image.put("driver", "raw");
    image.put("read-only", readOnly);
    image.put("file", file(file, readOnly));
    return image;
  }

  /** Returns the image of a disk that was saved and is not modified. */
  private static Map<String, Object> overlay(Path saved) {
    Map<String, Object> image = new LinkedHashMap<>();
    image.put("driver", "qcow2");
    image.put("file", file(Path.of(SCRATCH_OVERLAY), false));
    image.put("backing", image(saved, true));
    return image;
  }

  private static Map<String, Object> file(Path file, boolean readOnly) {
    return Map.of(
        "driver", "file", "filename", file.toString(), "locking", readOnly ? "off" : "auto");
  }

  private static void disk(
      List<String> words, String name, boolean readOnly, Map<String, Object> image) {
    image.put("node-name", name);
    image.put("discard", readOnly ? "ignore" : "unmap");
    image.put("cache", Map.of("no-flush", !readOnly));
    add(words, "-blockdev", json(image));
    diskDevice(words, name, readOnly);
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
