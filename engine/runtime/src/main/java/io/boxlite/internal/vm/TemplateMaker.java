package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.MemoryFile;
import io.boxlite.internal.vm.qemu.BoxDirectories;
import io.boxlite.internal.vm.qemu.GuestMemory;
import io.boxlite.internal.vm.qemu.QmpException;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.TemplateStore;
import io.boxlite.internal.vm.template.VmKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Boots a machine, prepares it and saves it.
 *
 * <p>Its memory is a file in memory and not yet the template's: a disk that fills up while the
 * guest writes would kill QEMU, and not make an error that says so.
 */
final class TemplateMaker implements TemplateStore.Maker {
  /** What saving takes, the guest's part included, on a machine that is busy. */
  private static final Duration SAVE_TIMEOUT = Duration.ofSeconds(60);

  private final BoxDirectories directories;
  private final Duration startTimeout;

  TemplateMaker(BoxDirectories directories, Duration startTimeout) {
    this.directories = directories;
    this.startTimeout = startTimeout;
  }

  @Override
  public void make(TemplateSpec spec, Path directory) throws IOException {
    String id = BoxId.fresh();
    VmKind kind = spec.kind();
    int mib = kind.memoryMib();
    try (MemoryFile memory = MemoryFile.create("boxlite-" + id, (long) mib << 20);
        Vm vm =
            new ColdBoot(
                    directories,
                    new VmSpec(id, "template", kind, startTimeout),
                    GuestMemory.sharedFile(mib, memory.path()))
                .run()) {
      if (!spec.directories().isEmpty()) {
        vm.agent().makeDirectories(spec.directories(), startTimeout);
      }
      GuestWarmUp.lookAround(vm.agent(), Deadline.in(SAVE_TIMEOUT));
      Preparation.run(vm.agent(), spec.preparation());
      vm.save(memory.path(), directory, Deadline.in(SAVE_TIMEOUT));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxStartException(
          "the template was not made: the thread that made it was interrupted", "", e);
    } catch (QmpException | ExecutionException | TimeoutException e) {
      throw new BoxStartException("the template was not made: " + e.getMessage(), "", e);
    }
  }
}
