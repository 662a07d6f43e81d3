package io.boxlite.internal.vm.machine;

import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A hypervisor's ability to save a machine with its memory, and to start others from that state.
 */
public interface StateSaving {
  /** Returns the names of the files that make up a saved state. */
  List<String> files();

  /**
   * Starts a machine that boots and can be saved; otherwise like {@link Hypervisor#boot}.
   *
   * @param directory where the machine keeps its files; closed with the machine, and also when this
   *     fails
   * @throws IOException when its files cannot be created
   * @throws BoxliteException when its process cannot be started
   */
  SaveableMachine boot(BoxDirectory directory, MachineSpec spec) throws IOException;

  /**
   * Starts a machine that continues from a saved state. Returns before the guest runs; see {@link
   * Machine#begin}. A machine whose process exits by itself has refused the state.
   *
   * @param directory where the machine keeps its files; closed with the machine, and also when this
   *     fails
   * @param state the directory of the saved state, which must stay until the machine is closed
   * @param onEnd runs once when the machine's process has ended, before {@link Machine#onExit}
   *     completes
   * @throws IOException when its files cannot be created
   * @throws BoxliteException when its process cannot be started
   */
  Machine restore(BoxDirectory directory, MachineSpec spec, Path state, Runnable onEnd)
      throws IOException;
}
