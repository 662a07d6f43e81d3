package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.ChildProcess;
import io.boxlite.internal.vm.machine.BoxDirectory;
import io.boxlite.internal.vm.machine.ProcessIsolation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Starts the QEMU process of one machine, with or without what confines it. */
interface QemuLauncher extends AutoCloseable {
  /** Returns the files by the paths that QEMU must use. */
  QemuFiles files();

  /**
   * Returns the path by which QEMU opens the memory of a saved state.
   *
   * @param state the directory of the saved state
   */
  Path memory(Path state) throws IOException;

  /**
   * Starts QEMU in the box's directory.
   *
   * @param argv the program and its arguments
   * @param input the file to use as standard input
   * @param writable the files in the directory that QEMU writes to
   */
  ChildProcess start(BoxDirectory directory, List<String> argv, Path input, List<Path> writable)
      throws IOException;

  /**
   * Waits until everything confines the process; no program of the guest's user may run before.
   *
   * @throws IOException when a part of it fails, or not in time
   */
  void awaitConfined(Duration timeout) throws IOException, InterruptedException;

  /** Returns whether the process was killed because it needed more memory than it may use. */
  boolean ranOutOfMemory();

  /** Returns how the process is isolated. */
  ProcessIsolation isolation();

  /** Frees what QEMU was given, after it has ended. */
  @Override
  void close();
}
