package io.boxlite.internal.vm.qemu;

import io.boxlite.fuzz.Fuzz;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As {@link QemuFuzzTest}, with more seeds. {@code mvn -Psoak verify} makes many of it. */
class QemuFuzzSoakIT {
  private static final int SEEDS = Integer.getInteger("soak.seeds", 200);

  @TempDir Path directory;

  @Test
  void sessionsEndAndNothingIsLeft() throws Exception {
    Fuzz.run(QemuFuzzTest.class, 1000, SEEDS, new QemuAttack(directory));
  }
}
