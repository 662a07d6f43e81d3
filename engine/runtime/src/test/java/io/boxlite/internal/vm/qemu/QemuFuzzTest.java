package io.boxlite.internal.vm.qemu;

import io.boxlite.fuzz.Fuzz;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** QEMUs that send mutations of what they would send, to the monitor and to the console. */
@Timeout(600)
class QemuFuzzTest {
  private static final int SEEDS = 120;

  @TempDir Path directory;

  @Test
  void sessionsEndAndNothingIsLeft() throws Exception {
    Fuzz.run(QemuFuzzTest.class, 0, SEEDS, new QemuAttack(directory));
  }
}
