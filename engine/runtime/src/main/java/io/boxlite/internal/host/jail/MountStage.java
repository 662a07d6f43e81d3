package io.boxlite.internal.host.jail;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import io.boxlite.internal.host.Descriptor;
import io.boxlite.internal.host.LibC;
import io.boxlite.internal.host.jail.Bind.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/**
 * Makes files that only root can reach, such as those below {@code /root}, available to bubblewrap,
 * which runs as an unprivileged user. A device that this user may not open becomes one of its own.
 *
 * <p>The calling thread gets a mount namespace of its own (unshare(2), mount_namespaces(7)), in
 * which the files are mounted at a place that everybody can reach. The processes that this thread
 * starts inherit it; other threads and processes see nothing of it. The kernel removes it with the
 * last of them.
 */
final class MountStage {
  /** Directories that exist on every machine, and from which no programs are run. */
  private static final List<Path> PLACES =
      List.of(Path.of("/dev/shm"), Path.of("/mnt"), Path.of("/media"));

  private static final LibC LIBC = LibC.get();
  private static final String OPTIONS = "mode=0755,size=256m";

  private final long user;

  /** Creates a stage for the programs of a user. */
  MountStage(long user) {
    this.user = user;
  }

  /**
   * Mounts the sources of binds that not everybody can reach.
   *
   * @return all binds, with sources that the user can reach
   * @throws IOException when this process may not mount, or may not make a device
   */
  List<Bind> mount(List<Bind> binds) throws IOException {
    List<Bind> hidden = new ArrayList<>();
    for (Bind bind : binds) {
      if (!isReachable(bind)) {
        hidden.add(bind);
      }
    }
    Iterator<Bind> mounted = mountAll(hidden).iterator();
    List<Bind> all = new ArrayList<>(); // in the same order: one may be inside of another
    for (Bind bind : binds) {
      all.add(hidden.contains(bind) ? mounted.next() : bind);
    }
    return all;
  }

  /** Returns whether everybody may enter the directories above a file, and read or use it. */
  private static boolean isReachable(Bind bind) throws IOException {
    if (!isReadableByAll(bind.source())
        || bind.access() == Access.DEVICE && !isUsable(bind.source())) {
      return false;
    }
    for (Path above = bind.source().getParent(); above != null; above = above.getParent()) {
      if (!Files.getPosixFilePermissions(above).contains(PosixFilePermission.OTHERS_EXECUTE)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isReadableByAll(Path file) throws IOException {
    return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
  }

  private static boolean isUsable(Path device) throws IOException {
    return Files.getPosixFilePermissions(device).contains(PosixFilePermission.OTHERS_WRITE);
  }

  private List<Bind> mountAll(List<Bind> binds) throws IOException {
    if (binds.isEmpty()) {
      return binds;
    }
    List<Descriptor> opened = new ArrayList<>();
    try {
      LIBC.unshare(LibC.CLONE_NEWNS);
      // A file system that the host unmounts must not stay in use here.
      LIBC.mount("none", "/", null, new NativeLong(LibC.MS_REC | LibC.MS_SLAVE), null);
      // Opened first, since a source may be below the place.
      for (Bind bind : binds) {
        String path = bind.source().toString();
        opened.add(new Descriptor(path, LIBC.open(path, LibC.O_PATH | LibC.O_CLOEXEC, 0)));
      }
      Path place = place();
      LIBC.mount("boxlite", place.toString(), "tmpfs", new NativeLong(LibC.MS_NOSUID), OPTIONS);
      List<Bind> staged = new ArrayList<>();
      for (int i = 0; i < binds.size(); i++) {
        staged.add(stage(binds.get(i), opened.get(i), place.resolve(Integer.toString(i))));
      }
      return staged;
    } catch (LastErrorException e) {
      throw new IOException("cannot mount the files of a jail: " + e.getMessage(), e);
    } finally {
      opened.forEach(Descriptor::close);
    }
  }

  private Bind stage(Bind bind, Descriptor source, Path target) throws IOException {
    Path opened = Path.of("/proc/self/fd", Integer.toString(source.number())); // may be covered
    if (bind.access() == Access.DEVICE && !isUsable(opened)) {
      makeDevice(opened, target, bind.source());
      return bind.from(target);
    } else if (Files.isDirectory(opened)) {
      Files.createDirectory(target);
    } else if (bind.access() == Access.READ_ONLY && !isReadableByAll(opened)) {
      // A program that only its owner may run, and whose permissions are not ours to change.
      Files.copy(opened, target);
      Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("r-xr-xr-x"));
      return bind.from(target);
    } else {
      Files.createFile(target);
    }
    LIBC.mount(
        opened.toString(),
        target.toString(),
        null,
        new NativeLong(LibC.MS_BIND | LibC.MS_REC),
        null);
    return bind.from(target);
  }

  /** Makes the same device that belongs to the user; what belongs to others is not changed. */
  private void makeDevice(Path device, Path target, Path name) throws IOException {
    long number = (Long) Objects.requireNonNull(Files.getAttribute(device, "unix:rdev"));
    try {
      LIBC.syscall(
          new NativeLong(LibC.SYS_MKNODAT),
          LibC.AT_FDCWD,
          target.toString(),
          LibC.S_IFCHR | 0600,
          new NativeLong(number));
    } catch (LastErrorException e) {
      throw new IOException(
          "cannot make a device like "
              + name
              + " for an unprivileged user; let everybody read and write "
              + name
              + ", or add the capability CAP_MKNOD to this JVM: "
              + e.getMessage(),
          e);
    }
    Files.setAttribute(target, "unix:uid", Math.toIntExact(user));
  }

  private static Path place() throws IOException {
    return PLACES.stream()
        .filter(Files::isDirectory)
        .findFirst()
        .orElseThrow(() -> new IOException("none of the directories " + PLACES + " exists"));
  }
}
