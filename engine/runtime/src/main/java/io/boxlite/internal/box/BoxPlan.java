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
 * What a box with some options is to be.
 *
 * @param image its root image, and what that says about commands
 * @param accelerator what executes it, and why
 * @param template the saved state that it starts from
 * @param startTimeout how long it may wait for memory, and then its guest may take to be ready
 */
record BoxPlan(
    RootImage image, AcceleratorChoice accelerator, TemplateSpec template, Duration startTimeout)
    implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration MORE_FOR_EACH_CPU = Duration.ofSeconds(2);
  private static final Set<String> IN_EVERY_BOX = Set.of("/", "/tmp");

  static BoxPlan of(
      BoxOptions options,
      RootImage image,
      AcceleratorChoice accelerator,
      Hypervisor hypervisor,
      Optional<Duration> startTimeout) {
    VmKind kind =
        new VmKind(
            hypervisor,
            new MachineSpec(
                image.file(),
                options.cpus(),
                options.memoryMib(),
                options.diskMib(),
                addressRandomization(options, accelerator.accelerator())));
    requireUser(options, image);
    CommandDefaults defaults = new CommandDefaults(image.config(), options);
    List<PreparationStep> steps = new ArrayList<>();
    options.files().forEach(file -> steps.add(new PreparationStep.Put(PreparedFile.of(file))));
    options.prepare().forEach(command -> steps.add(step(command, defaults)));
    Set<String> directories = directories(image.config(), options);
    // Boxes that need none can share a template.
    directories.removeIf(image::hasDirectory);
    return new BoxPlan(
        image,
        accelerator,
        new TemplateSpec(kind, directories, steps),
        startTimeout(options, startTimeout));
  }

  /** What prepares the box can add a user; else the image must have it. */
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
                        + "; name one that it has, or give numbers");
              });
    }
  }

  /** An emulator finds again what it translated only where a program is at the same addresses. */
  static boolean addressRandomization(BoxOptions options, Accelerator accelerator) {
    return options.addressRandomization().orElse(accelerator == Accelerator.KVM);
  }

  /** The time that emulated processors take to find each other grows with their number. */
  static Duration startTimeout(BoxOptions options, Optional<Duration> setting) {
    return options
        .startTimeout()
        .or(() -> setting)
        .orElseGet(() -> START_TIMEOUT.plus(MORE_FOR_EACH_CPU.multipliedBy(options.cpus() - 1)));
  }

  /** The directories that a box has whether its image does or not. Every box has a few anyway. */
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
      throw new UncheckedIOException("bytes in memory can be read", e);
    }
  }

  /** Lets the image be pruned. It may be called twice. */
  @Override
  public void close() {
    image.close();
  }
}
