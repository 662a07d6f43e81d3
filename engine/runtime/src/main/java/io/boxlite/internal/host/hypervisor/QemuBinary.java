package io.boxlite.internal.host.hypervisor;

import io.boxlite.BoxliteException;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.internal.host.ExecutablePath;
import io.boxlite.internal.host.PackageManager;
import io.boxlite.internal.host.ProgramOutput;
import io.boxlite.internal.host.settings.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A QEMU binary that can run boxes.
 *
 * @param path the program
 * @param version its version, such as {@code 7.2.22}
 */
public record QemuBinary(Path path, String version) {
  private static final String NAME = "qemu-system-x86_64";

  /** The path on Red Hat's distributions, which is not on the search path. */
  private static final Path RED_HAT = Path.of("/usr/libexec/qemu-kvm");

  /** The oldest version that is supported. */
  private static final int LEAST_MAJOR = 7;

  private static final int LEAST_MINOR = 2;
  private static final String MACHINE = "microvm";
  private static final Pattern VERSION =
      Pattern.compile("QEMU emulator version ((\\d{1,4})\\.(\\d{1,4})(?:\\.\\d{1,4})*)");

  private static final Map<Inspected, QemuBinary> USABLE = new ConcurrentHashMap<>();

  /** Identifies the version of a file that was inspected. */
  private record Inspected(Path path, FileTime modified, long size) {}

  /**
   * Finds a QEMU that can run boxes. Each file is inspected once per JVM, and again after it
   * changed.
   *
   * @param configured the program to use; empty to search for one
   * @throws HypervisorUnavailableException if there is none; the message says how to install one
   */
  public static QemuBinary find(Optional<Path> configured) {
    Platform.requireSupported();
    Path path = configured.map(QemuBinary::requireProgram).orElseGet(QemuBinary::search);
    try {
      Inspected now = new Inspected(path, Files.getLastModifiedTime(path), Files.size(path));
      return USABLE.computeIfAbsent(now, any -> inspect(path));
    } catch (IOException e) {
      throw new HypervisorUnavailableException("QEMU at " + path + " cannot be read: " + e, e);
    }
  }

  private static Path requireProgram(Path path) {
    if (!ExecutablePath.isExecutable(path)) {
      throw new HypervisorUnavailableException(
          Setting.QEMU.key()
              + " is "
              + path
              + ", which is not a program that this user may execute; remove the setting to search for "
              + NAME);
    }
    return path;
  }

  private static Path search() {
    return ExecutablePath.find(NAME)
        .or(() -> Optional.of(RED_HAT).filter(ExecutablePath::isExecutable))
        .orElseThrow(
            () ->
                new HypervisorUnavailableException(
                    NAME
                        + " is not on the search path; install it with: "
                        + PackageManager.ofThisMachine().installQemu()));
  }

  private static QemuBinary inspect(Path path) {
    String version = requireVersion(path, ask(path, "--version"));
    boolean complete =
        ask(path, "-machine", "help").lines().anyMatch(line -> line.startsWith(MACHINE + " "));
    if (!complete) {
      throw new HypervisorUnavailableException(
          path
              + " (QEMU "
              + version
              + ") was built without the machine type "
              + MACHINE
              + "; install a complete QEMU with: "
              + PackageManager.ofThisMachine().installQemu());
    }
    return new QemuBinary(path, version);
  }

  private static String requireVersion(Path path, String said) {
    Matcher version = VERSION.matcher(said);
    if (!version.find()) {
      throw new HypervisorUnavailableException(
          path + " is not QEMU: --version prints \"" + said.strip() + "\"");
    }
    int major = Integer.parseInt(version.group(2));
    int minor = Integer.parseInt(version.group(3));
    if (major < LEAST_MAJOR || (major == LEAST_MAJOR && minor < LEAST_MINOR)) {
      throw new HypervisorUnavailableException(
          path
              + " is QEMU "
              + version.group(1)
              + "; boxes need "
              + LEAST_MAJOR
              + "."
              + LEAST_MINOR
              + " or newer: install one and set "
              + Setting.QEMU.key());
    }
    return version.group(1);
  }

  private static String ask(Path path, String... arguments) {
    try {
      return ProgramOutput.of(
          Stream.concat(Stream.of(path.toString()), Stream.of(arguments)).toList());
    } catch (HypervisorUnavailableException e) {
      throw e;
    } catch (BoxliteException e) {
      throw new HypervisorUnavailableException("QEMU cannot be used: " + e.getMessage(), e);
    }
  }
}
