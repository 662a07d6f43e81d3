package io.boxlite.internal.vm.machine;

/**
 * What confines a machine's process on the host, besides the machine itself.
 *
 * @param jail whether it runs in a jail: with namespaces and a user of its own, and only the files
 *     that it needs
 * @param seccomp whether it may use only the system calls that it needs; requires the jail
 */
public record Confinement(boolean jail, boolean seccomp) {
  /** Nothing. */
  public static final Confinement NONE = new Confinement(false, false);

  /** Everything that there is. */
  public static final Confinement FULL = new Confinement(true, true);

  /** Checks the combination. */
  public Confinement {
    if (seccomp && !jail) {
      throw new IllegalArgumentException("seccomp is on without a jail, which installs the filter");
    }
  }
}
