package io.boxlite.internal.guest;

import io.boxlite.fuzz.Fuzz;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As {@link GuestFuzzTest}, with more seeds. {@code mvn -Psoak verify} makes many of it. */
class GuestFuzzSoakIT {
  private static final int SEEDS = Integer.getInteger("soak.seeds", 200);

  @TempDir Path directory;

  @Test
  void callsEndAndNothingIsLeft() throws Exception {
    Fuzz.run(GuestFuzzTest.class, 1000, SEEDS, new GuestAttack(directory));
  }
}
