package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.jail.Bind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files that QEMU reads for a machine, besides those in the box's directory.
 *
 * @param kernel the guest's kernel
 * @param initramfs the guest's initramfs, with the agent
 * @param rootImage the read-only root image
 * @param backingDisk the saved scratch disk that the machine continues from; empty when it boots
 */
record QemuFiles(Path kernel, Path initramfs, Path rootImage, Optional<Path> backingDisk) {
  /** The paths of these files in a jail, which do not tell where they are on the host. */
  private static final QemuFiles JAILED =
      new QemuFiles(
          Path.of("/kernel"),
          Path.of("/initramfs"),
          Path.of("/root-image"),
          Optional.of(Path.of("/template-scratch")));

  /** Returns the paths by which a jailed QEMU sees the files. */
  QemuFiles inJail() {
    return new QemuFiles(
        JAILED.kernel,
        JAILED.initramfs,
        JAILED.rootImage,
        backingDisk.flatMap(any -> JAILED.backingDisk));
  }

  /** Returns the binds that give a jailed QEMU these files. */
  List<Bind> binds() {
    List<Bind> binds = new ArrayList<>();
    binds.add(new Bind(kernel, JAILED.kernel, Bind.Access.READ_ONLY));
    binds.add(new Bind(initramfs, JAILED.initramfs, Bind.Access.READ_ONLY));
    binds.add(new Bind(rootImage, JAILED.rootImage, Bind.Access.READ_ONLY));
    backingDisk.ifPresent(
        disk -> binds.add(new Bind(disk, JAILED.backingDisk.orElseThrow(), Bind.Access.READ_ONLY)));
    return binds;
  }
}
