package io.boxlite.internal.vm.qemu;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.ProgramOutput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The directories in which a QEMU binary looks for firmware. */
final class QemuFirmware {
  private QemuFirmware() {}

  /** Returns the directories that exist; empty when the program does not list any. */
  static List<Path> directories(Path program) {
    try {
      return ProgramOutput.of(List.of(program.toString(), "-L", "help"))
          .lines()
          .filter(line -> line.startsWith("/"))
          .map(line -> Path.of(line).normalize())
          .filter(Files::isDirectory)
          .toList();
    } catch (BoxliteException e) {
      return List.of(); // without firmware it says so when it starts
    }
  }
}
