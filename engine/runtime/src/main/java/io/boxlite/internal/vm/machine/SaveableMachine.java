package io.boxlite.internal.vm.machine;

import io.boxlite.internal.host.Deadline;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A machine that was booted by {@link StateSaving#boot}, so that it can be saved. */
public interface SaveableMachine extends Machine {
  /**
   * Waits until the guest has written a line to its console.
   *
   * @param line a line that is written only once
   * @return false when it is not written in time, or the machine ends
   */
  boolean awaitConsole(String line, Duration timeout) throws InterruptedException;

  /**
   * Stops the machine for good and saves its state. There must be no connection to its agent.
   *
   * @param directory where the {@linkplain StateSaving#files files} go; they must not exist
   * @throws IOException when the files cannot be written
   * @throws HypervisorException when the hypervisor refuses, fails, or is not done in time
   */
  void save(Path directory, Deadline deadline)
      throws IOException, HypervisorException, InterruptedException;
}
