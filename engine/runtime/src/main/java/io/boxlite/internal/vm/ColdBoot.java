package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.Root;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.vm.qemu.BoxDirectories;
import io.boxlite.internal.vm.qemu.BoxDirectory;
import io.boxlite.internal.vm.qemu.GuestMemory;
import io.boxlite.internal.vm.qemu.QemuCommandLine;
import io.boxlite.internal.vm.qemu.QemuProcess;
import io.boxlite.internal.vm.qemu.QmpException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way from a specification to a guest that is ready for use, through a boot of its kernel. */
final class ColdBoot {
  private static final Logger log = LoggerFactory.getLogger(ColdBoot.class);

  private final BoxDirectories directories;
  private final VmSpec spec;
  private final GuestMemory memory;
  private final Deadline deadline;

  ColdBoot(BoxDirectories directories, VmSpec spec, GuestMemory memory) {
    this.directories = directories;
    this.spec = spec;
    this.memory = memory;
    deadline = Deadline.in(spec.startTimeout());
  }

  Vm run() {
    long start = System.nanoTime();
    QemuProcess qemu = startQemu();
    @Nullable Vm vm = null;
    try {
      qemu.qmp().negotiate(deadline.left());
      AgentClient agent =
          AgentClient.connect(spec.id(), qemu.agentSocket(), qemu::consoleTail, qemu.hindrance());
      vm = new Vm(spec.id(), spec.kind(), qemu, agent);
      agent.hello(deadline.left());
      agent.configure(configuration(), deadline.left());
      log.debug("box {} is ready after {} ms", spec.id(), (System.nanoTime() - start) / 1_000_000);
      return vm;
    } catch (QmpException | InterruptedException | RuntimeException | Error e) {
      throw new StartFailure(spec.id(), spec.kind().cpus(), deadline).of(e, qemu, vm);
    }
  }

  private QemuProcess startQemu() {
    BoxDirectory directory = directories.create(spec.id());
    try {
      ScratchDisk.create(
          spec.kind().scratchSeed(),
          directory.file(QemuCommandLine.SCRATCH_DISK),
          spec.kind().diskMib());
      return QemuProcess.start(
          spec.id(),
          directory,
          QemuCommandLine.toBoot(spec.id(), spec.kind(), memory),
          memory.input(),
          () -> {},
          () -> {});
    } catch (IOException e) {
      directory.close();
      throw new BoxStartException(
          "box "
              + spec.id()
              + " did not start: its files cannot be made in "
              + directory.path()
              + ": "
              + e.getMessage(),
          "",
          e);
    } catch (RuntimeException | Error e) {
      directory.close();
      throw e;
    }
  }

  private ConfigureRequest configuration() {
    return ConfigureRequest.newBuilder()
        .setRoot(
            Root.newBuilder()
                .setImageDevice(QemuCommandLine.ROOT_DEVICE)
                .setScratchDevice(QemuCommandLine.SCRATCH_DEVICE))
        .setIdentity(GuestIdentity.fresh(spec.hostname()))
        .build();
  }
}
