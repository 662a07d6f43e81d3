package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.network.Networks;
import io.boxlite.internal.vm.machine.BoxDirectories;
import io.boxlite.internal.vm.machine.HypervisorException;
import io.boxlite.internal.vm.machine.SaveableMachine;
import io.boxlite.internal.vm.machine.StateSaving;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.TemplateStore;
import io.boxlite.internal.vm.template.VmKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Boots a machine, prepares it and saves it. */
final class TemplateMaker implements TemplateStore.Maker {
  /** How long saving may take on a busy machine, including the detaching of the guest. */
  private static final Duration SAVE_TIMEOUT = Duration.ofSeconds(60);

  private final BoxDirectories directories;
  private final StateSaving saving;
  private final Networks networks;
  private final Duration startTimeout;

  TemplateMaker(
      BoxDirectories directories, StateSaving saving, Networks networks, Duration startTimeout) {
    this.directories = directories;
    this.networks = networks;
    this.saving = saving;
    this.startTimeout = startTimeout;
  }

  @Override
  public void make(TemplateSpec spec, Path directory) throws IOException {
    VmKind kind = spec.kind();
    ColdBoot boot =
        new ColdBoot(directories, new VmSpec(BoxId.fresh(), "template", kind, startTimeout));
    SaveableMachine machine = boot.launch(place -> saving.boot(place, kind.machine()));
    try (Vm vm = boot.start(machine)) {
      vm.prepare(spec, networks, startTimeout);
      save(vm, machine, directory);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxStartException(
          "the template was not made: the thread that made it was interrupted", "", e);
    } catch (HypervisorException | ExecutionException | TimeoutException e) {
      throw new BoxStartException("the template was not made: " + e.getMessage(), "", e);
    }
  }

  /** Saves a machine's state. The VM can only be closed afterwards. */
  private static void save(Vm vm, SaveableMachine machine, Path directory)
      throws IOException, HypervisorException, InterruptedException {
    Deadline deadline = Deadline.in(SAVE_TIMEOUT);
    // A restored guest whose agent still waits for this session would not answer the next one.
    String token = vm.detach(deadline.left());
    if (!machine.awaitConsole("boxlite: detached " + token, deadline.left())) {
      throw new HypervisorException(
          "the guest did not report within the timeout that it was detached", true, null);
    }
    machine.save(directory, deadline);
  }
}
