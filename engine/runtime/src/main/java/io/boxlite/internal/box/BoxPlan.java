package io.boxlite.internal.box;

import com.google.protobuf.ByteString;
import io.boxlite.Accelerator;
import io.boxlite.BoxOptions;
import io.boxlite.Command;
import io.boxlite.internal.guest.PreparedFile;
import io.boxlite.internal.host.hypervisor.AcceleratorChoice;
import io.boxlite.internal.image.ImageConfig;
import io.boxlite.internal.image.RootImage;
import io.boxlite.internal.vm.machine.Hypervisor;
import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.template.PreparationStep;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.VmKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a box with given options needs to start.
 *
 * @param image the root image, with its defaults for commands
 * @param accelerator the accelerator, and why it was chosen
 * @param security what confines the hypervisor
 * @param template the template that the box starts from
 * @param startTimeout the timeout for the wait for memory and for the start of the guest, each
 */
record BoxPlan(
    RootImage image,
    AcceleratorChoice accelerator,
    SecurityPlan security,
    TemplateSpec template,
    Duration startTimeout)
    implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration MORE_FOR_EACH_CPU = Duration.ofSeconds(2);
  private static final Set<String> IN_EVERY_BOX = Set.of("/", "/tmp");

  static BoxPlan of(
      BoxOptions options,
      RootImage image,
      AcceleratorChoice accelerator,
      Hypervisor hypervisor,
      SecurityPlan security,
      Optional<Duration> startTimeout) {
    VmKind kind =
        new VmKind(
            hypervisor,
            new MachineSpec(
                image.file(),
                options.cpus(),
                options.memoryMib(),
                options.diskMib(),
                addressRandomization(options, accelerator.accelerator()),
                LocalNetwork.needsCard(options),
                security.confinement()));
    requireUser(options, image);
    // What the engine does with secrets begins with the box.
    CommandDefaults defaults =
        new CommandDefaults(image.config(), options.toBuilder().secrets().build());
    List<PreparationStep> steps = new ArrayList<>();
    options.files().forEach(file -> steps.add(new PreparationStep.Put(PreparedFile.of(file))));
    options.prepare().forEach(command -> steps.add(step(command, defaults)));
    ServicePlan.of(options, image.config()).step().ifPresent(steps::add);
    Set<String> directories = directories(image.config(), options);
    // Without directories to create, boxes can share a template.
    directories.removeIf(image::hasDirectory);
    return new BoxPlan(
        image,
        accelerator,
        security,
        new TemplateSpec(kind, directories, steps, options.network()),
        startTimeout(options, startTimeout));
  }

  /** Rejects a user that the image lacks, unless a preparation may add it. */
  private static void requireUser(BoxOptions options, RootImage image) {
    boolean prepared = !options.files().isEmpty() || !options.prepare().isEmpty();
    if (options.user().isPresent() && !prepared) {
      String user = options.user().get();
      image
          .missing(user)
          .ifPresent(
              missing -> {
                throw new IllegalArgumentException(
                    "user is \""
                        + user
                        + "\", but "
                        + options.image().map(name -> "image " + name).orElse("the built-in image")
                        + " has "
                        + missing
                        + "; use a user of the image, or numeric ids");
              });
    }
  }

  /** Off by default under emulation, which can reuse translated code only at the same address. */
  static boolean addressRandomization(BoxOptions options, Accelerator accelerator) {
    return options.addressRandomization().orElse(accelerator == Accelerator.KVM);
  }

  /** Allows more time for more processors, since bringing up emulated ones takes time for each. */
  static Duration startTimeout(BoxOptions options, Optional<Duration> setting) {
    return options
        .startTimeout()
        .or(() -> setting)
        .orElseGet(() -> START_TIMEOUT.plus(MORE_FOR_EACH_CPU.multipliedBy(options.cpus() - 1)));
  }

  /**
   * Returns the directories that are created if the image lacks them, except for those that every
   * box has.
   */
  static Set<String> directories(ImageConfig image, BoxOptions options) {
    Set<String> directories = new LinkedHashSet<>();
    image.workingDir().ifPresent(directories::add);
    directories.addAll(image.volumes());
    options.workingDir().ifPresent(directories::add);
    directories.removeAll(IN_EVERY_BOX);
    return directories;
  }

  private static PreparationStep step(Command command, CommandDefaults defaults) {
    try (InputStream stdin = command.openStdin().orElseGet(InputStream::nullInputStream)) {
      return new PreparationStep.Run(
          defaults.complete(command, command.hasStdin()).toBuilder().setLeaveRunning(true).build(),
          ByteString.readFrom(stdin));
    } catch (IOException e) {
      throw new UncheckedIOException("reading bytes from memory failed", e);
    }
  }

  /** Ends the use of the image, so that it can be pruned. A second call has no effect. */
  @Override
  public void close() {
    image.close();
  }
}
