package io.boxlite.internal.vm.qemu;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the guest's memory lives on the host.
 *
 * @param mib its size in MiB
 * @param file the file behind it; null when it is nobody else's
 * @param shared whether what the guest writes goes to the file, or to a private copy of the page
 */
public record GuestMemory(int mib, @Nullable Path file, boolean shared) {
  static final String ID = "ram";

  /** What QEMU's standard input is to QEMU itself, and to nobody else. */
  private static final Path STANDARD_INPUT = Path.of("/proc/self/fd/0");

  /** Memory of the process alone. */
  public static GuestMemory anonymous(int mib) {
    return new GuestMemory(mib, null, false);
  }

  /**
   * A file that holds the guest's memory and remembers it. It has to be QEMU's standard input:
   * where it is this process's own, QEMU, which has fewer capabilities, may not open it by its
   * path.
   */
  public static GuestMemory sharedFile(int mib, Path file) {
    return new GuestMemory(mib, file, true);
  }

  /** A file that the guest's memory starts as; what the guest writes stays private. */
  static GuestMemory privateFile(int mib, Path file) {
    return new GuestMemory(mib, file, false);
  }

  /** The file that is to be QEMU's standard input. */
  public Path input() {
    return file != null && shared ? file : QemuProcess.NO_INPUT;
  }

  /** The properties of QEMU's {@code -object}. */
  Map<String, Object> properties() {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("qom-type", file == null ? "memory-backend-memfd" : "memory-backend-file");
    properties.put("id", ID);
    properties.put("size", (long) mib << 20);
    properties.put("share", shared);
    // A core file of QEMU's must not carry what a guest had in memory.
    properties.put("dump", false);
    properties.put("merge", false);
    if (file != null) {
      properties.put("mem-path", (shared ? STANDARD_INPUT : file).toString());
    }
    return properties;
  }
}
