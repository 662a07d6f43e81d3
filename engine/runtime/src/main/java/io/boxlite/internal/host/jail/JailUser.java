package io.boxlite.internal.host.jail;

import io.boxlite.internal.host.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The user that a jailed program runs as. */
final class JailUser {
  /**
   * The first of the user ids for jails. No distribution assigns ids from 1879048192 to 2147483647
   * (systemd, docs/UIDS-GIDS.md).
   */
  private static final long FIRST = 1_900_000_000L;

  private static final int COUNT = 1 << 24;

  /** The overflow id, for a user namespace with few ids (user_namespaces(7)). */
  private static final long NOBODY = 65534;

  private JailUser() {}

  /**
   * Returns the user for the program of a box. For root, each box gets a user of its own, so that
   * one program could not reach another one even without its jail. For other users, who cannot
   * change their user id, it is their own.
   */
  static long of(String boxId, Privileges privileges) {
    if (!privileges.isRoot()) {
      return privileges.uid();
    }
    return Holder.MAPPED ? FIRST + Math.floorMod(boxId.hashCode(), COUNT) : NOBODY;
  }

  /** Read once: the map of a user namespace does not change. */
  private static final class Holder {
    private static final boolean MAPPED = areMapped();
  }

  /** Returns whether this process's user namespace has the user ids for jails. */
  private static boolean areMapped() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/uid_map"))) {
        String[] fields = line.strip().split("\\s+", -1); // first id inside, outside, count
        long first = Long.parseLong(fields[0]);
        if (FIRST >= first && FIRST + COUNT <= first + Long.parseLong(fields[2])) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }
}
