package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.ChildProcess;
import io.boxlite.internal.host.Privileges;
import io.boxlite.internal.vm.machine.BoxDirectory;
import io.boxlite.internal.vm.machine.ProcessIsolation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Starts QEMU as the user of this JVM, who sees all files that this user sees. */
record DirectLauncher(QemuFiles files) implements QemuLauncher {
  @Override
  public Path memory(Path state) {
    return state.resolve(SavedState.MEMORY);
  }

  @Override
  public ChildProcess start(
      BoxDirectory directory, List<String> argv, Path input, List<Path> writable) {
    return ChildProcess.start(directory.id(), argv, directory.path(), input);
  }

  @Override
  public void awaitConfined(Duration timeout) {}

  @Override
  public boolean ranOutOfMemory() {
    return false;
  }

  @Override
  public ProcessIsolation isolation() {
    return ProcessIsolation.none(Privileges.ofThisProcess().uid());
  }

  @Override
  public void close() {}
}
