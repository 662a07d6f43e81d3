package io.boxlite.internal.vm.qemu;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The host memory or file that holds a guest's memory.
 *
 * @param mib its size in MiB
 * @param file the file that backs it; null for anonymous memory
 * @param shared whether writes of the guest go to the file rather than to private copies of pages
 */
record GuestMemory(int mib, @Nullable Path file, boolean shared) {
  static final String ID = "ram";

  /** QEMU's own standard input, by a path that only QEMU resolves to it. */
  private static final Path STANDARD_INPUT = Path.of("/proc/self/fd/0");

  /** Returns memory that only QEMU has. */
  static GuestMemory anonymous(int mib) {
    return new GuestMemory(mib, null, false);
  }

  /**
   * Returns memory that is stored in the file that is QEMU's standard input. QEMU has fewer
   * capabilities than this process, and may not be able to open such a file by this process's path.
   */
  static GuestMemory standardInput(int mib) {
    return new GuestMemory(mib, STANDARD_INPUT, true);
  }

  /** Returns memory that starts as a file's contents; what the guest writes stays private. */
  static GuestMemory privateFile(int mib, Path file) {
    return new GuestMemory(mib, file, false);
  }

  /** Returns the properties of QEMU's {@code -object}. */
  Map<String, Object> properties() {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("qom-type", file == null ? "memory-backend-memfd" : "memory-backend-file");
    properties.put("id", ID);
    properties.put("size", (long) mib << 20);
    properties.put("share", shared);
    // A core file of QEMU must not contain the guest's memory.
    properties.put("dump", false);
    properties.put("merge", false);
    if (file != null) {
      properties.put("mem-path", file.toString());
    }
    return properties;
  }
}
