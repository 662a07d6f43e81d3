package io.boxlite.internal.vm.qemu;

import io.boxlite.Accelerator;
import io.boxlite.BoxliteException;
import io.boxlite.internal.host.MemoryFile;
import io.boxlite.internal.host.seccomp.SeccompFilter;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * The system call filter of an accelerator's QEMU, in a form that a process can load.
 *
 * @param file the program of the filter, in a file that stays open as long as this JVM runs
 * @param allowedCalls the number of system calls that it allows
 */
record QemuFilter(MemoryFile file, int allowedCalls) {
  private static final Map<Accelerator, QemuFilter> KNOWN = new EnumMap<>(Accelerator.class);

  static synchronized QemuFilter of(Accelerator accelerator) {
    return KNOWN.computeIfAbsent(accelerator, QemuFilter::make);
  }

  private static QemuFilter make(Accelerator accelerator) {
    SeccompFilter filter = SeccompFilter.forAccelerator(accelerator);
    try {
      return new QemuFilter(
          MemoryFile.sealed("boxlite-seccomp", filter.program()), filter.allowedCalls());
    } catch (IOException e) {
      throw new BoxliteException("cannot store the system call filter in memory: " + e, e);
    }
  }
}
