package io.boxlite.internal.host.jail;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.ChildProcess;
import io.boxlite.internal.host.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Runs programs in jails: with namespaces of their own, a root directory that holds only what they
 * need, no capabilities, and an unprivileged user.
 *
 * <p>When this JVM runs as root, each program gets a user id of its own, and needs the permission
 * to read its files like any other user; see {@link #open}.
 */
public final class Jail {
  private final Path bwrap;
  private final Privileges privileges;

  Jail(Path bwrap, Privileges privileges) {
    this.bwrap = bwrap;
    this.privileges = privileges;
  }

  /** Returns the id of the user that the program of a box runs as. */
  public long user(String boxId) {
    return JailUser.of(boxId, privileges);
  }

  /**
   * Prepares the directory of a box: its files become accessible to the program of the box.
   *
   * @param directory the directory, which the program may read
   * @param writable the files in it that the program may write to
   */
  public void open(String boxId, Path directory, List<Path> writable) throws IOException {
    if (!privileges.isRoot()) {
      return; // the program runs as the user who owns them
    }
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    for (Path file : writable) {
      Files.setAttribute(file, "unix:uid", Math.toIntExact(user(boxId)));
    }
  }

  /**
   * Makes a file below a private directory of this user readable to the programs of boxes that are
   * given it.
   */
  public void openForReading(Path file) throws IOException {
    if (privileges.isRoot()) {
      Set<PosixFilePermission> permissions = new HashSet<>(Files.getPosixFilePermissions(file));
      if (permissions.add(PosixFilePermission.OTHERS_READ)) {
        Files.setPosixFilePermissions(file, permissions);
      }
    }
  }

  /**
   * Starts a program.
   *
   * @throws BoxliteException when it cannot be started
   */
  public ChildProcess start(JailSpec spec) {
    return ChildProcess.supervised(spec.boxId(), bwrap.toString(), () -> spawn(spec));
  }

  private Process spawn(JailSpec spec) throws IOException {
    Optional<Long> user = privileges.isRoot() ? Optional.of(user(spec.boxId())) : Optional.empty();
    JailSpec staged =
        user.isPresent() ? spec.withBinds(new MountStage(user.get()).mount(spec.binds())) : spec;
    ProcessBuilder builder =
        new ProcessBuilder(Bubblewrap.commandLine(bwrap, staged, user))
            .directory(Path.of("/").toFile())
            .redirectInput(spec.input().toFile())
            .redirectErrorStream(true);
    // For the shell and setpriv; the program's environment is empty.
    String path = System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    builder.environment().clear();
    builder.environment().put("PATH", path);
    return builder.start();
  }

  /** Returns what a program sees, as text. */
  public static List<String> visible(JailSpec spec) {
    return spec.binds().stream().map(Bind::describe).toList();
  }
}
