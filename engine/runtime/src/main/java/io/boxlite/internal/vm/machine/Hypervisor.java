package io.boxlite.internal.vm.machine;

import io.boxlite.Accelerator;
import io.boxlite.BoxliteException;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** A program that runs machines. Any thread may call any method. */
public interface Hypervisor {
  /** Returns what executes the guest's instructions; never {@link Accelerator#AUTO}. */
  Accelerator accelerator();

  /**
   * Returns everything that a machine depends on besides its spec: the hypervisor's program with
   * its version, size and modification time, and the files that it boots the guest from. Two
   * machines with equal specs and fingerprints are interchangeable.
   *
   * @return descriptions by name, such as {@code kernel}
   * @throws BoxliteException when one of the files is missing
   */
  Map<String, String> fingerprint(MachineSpec spec);

  /**
   * Returns the devices that the agent mounts the root file system from; empty when the hypervisor
   * provides a mounted one.
   */
  Optional<RootDevices> rootDevices();

  /**
   * Starts a machine that boots. Returns before the guest runs; see {@link Machine#begin}.
   *
   * @param directory where the machine keeps its files; closed with the machine, and also when this
   *     fails
   * @param onEnd runs once when the machine's process has ended, before {@link Machine#onExit}
   *     completes
   * @throws IOException when its files cannot be created
   * @throws BoxliteException when its process cannot be started
   */
  Machine boot(BoxDirectory directory, MachineSpec spec, Runnable onEnd) throws IOException;

  /**
   * Returns the ability to save machines and to restore them; empty when this hypervisor can only
   * boot.
   */
  Optional<StateSaving> stateSaving();
}
