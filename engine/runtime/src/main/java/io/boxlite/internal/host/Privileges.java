package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The user, group and capabilities of this process (proc(5), {@code /proc/self/status}).
 *
 * @param uid the effective user id
 * @param gid the effective group id
 * @param capabilities the effective capabilities, one bit each (linux/capability.h)
 */
public record Privileges(long uid, long gid, long capabilities) {
  private static final int CAP_SETPCAP = 8;
  private static final int CAP_SYS_ADMIN = 21;
  private static final int EFFECTIVE = 2;

  /** Returns those of this process. */
  public static Privileges ofThisProcess() {
    return Holder.OWN;
  }

  /** Read once: a JVM cannot change them. */
  private static final class Holder {
    private static final Privileges OWN = read();
  }

  private static Privileges read() {
    try {
      // The process name, in the first line, may contain any bytes.
      List<String> lines =
          Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1);
      return new Privileges(
          Long.parseLong(field(lines, "Uid:")[EFFECTIVE]),
          Long.parseLong(field(lines, "Gid:")[EFFECTIVE]),
          Long.parseUnsignedLong(field(lines, "CapEff:")[1], 16));
    } catch (IOException e) {
      throw new IllegalStateException("/proc is not mounted, or cannot be read", e);
    }
  }

  private static String[] field(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.split("\\s+", -1))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("/proc/self/status has no " + name));
  }

  /** Returns whether the user is root. */
  public boolean isRoot() {
    return uid == 0;
  }

  /** Returns whether this process may drop capabilities from its bounding set. */
  boolean maySetBoundingSet() {
    return has(CAP_SETPCAP);
  }

  /** Returns whether this process may mount file systems. */
  public boolean mayMount() {
    return has(CAP_SYS_ADMIN);
  }

  private boolean has(int capability) {
    return (capabilities >>> capability & 1) != 0;
  }
}
