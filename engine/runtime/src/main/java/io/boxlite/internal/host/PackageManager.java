package io.boxlite.internal.host;

import java.util.Arrays;

/** The package managers of Linux distributions, and the packages that boxes need. */
public enum PackageManager {
  APT("apt-get", "apt-get install -y --no-install-recommends", "qemu-system-x86", "util-linux"),
  DNF("dnf", "dnf install -y", "qemu-system-x86-core", "util-linux"),
  ZYPPER("zypper", "zypper install -y", "qemu-x86", "util-linux"),
  PACMAN("pacman", "pacman -S --noconfirm", "qemu-system-x86", "util-linux"),
  APK("apk", "apk add", "qemu-system-x86_64", "setpriv");

  private final String program;
  private final String install;
  private final String qemu;
  private final String setpriv;

  PackageManager(String program, String install, String qemu, String setpriv) {
    this.program = program;
    this.install = install;
    this.qemu = qemu;
    this.setpriv = setpriv;
  }

  /** Returns the package manager of this machine; Debian's if none is found. */
  public static PackageManager ofThisMachine() {
    return Arrays.stream(values())
        .filter(manager -> ExecutablePath.find(manager.program).isPresent())
        .findFirst()
        .orElse(APT);
  }

  /** Returns the command line that installs QEMU. */
  public String installQemu() {
    return commandLine(qemu);
  }

  /** Returns the command line that installs bubblewrap. */
  public String installBubblewrap() {
    return commandLine("bubblewrap"); // the same name everywhere
  }

  /** Returns the command line that installs {@code setpriv}. */
  String installSetpriv() {
    return commandLine(setpriv);
  }

  private String commandLine(String name) {
    boolean root = "root".equals(System.getProperty("user.name"));
    return (root ? "" : "sudo ") + install + " " + name;
  }
}
