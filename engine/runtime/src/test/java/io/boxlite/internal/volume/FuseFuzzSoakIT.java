package io.boxlite.internal.volume;

import io.boxlite.fuzz.Fuzz;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link FuseFuzzTest} with many more seeds. */
class FuseFuzzSoakIT {
  private static final long FIRST_SEED = 1000;

  @TempDir private Path outside;

  @Test
  void answersWhateverItIsSent() throws Exception {
    int seeds = Integer.getInteger("soak.seeds", 200);
    Fuzz.run(FuseFuzzTest.class, FIRST_SEED, seeds, seed -> FuseFuzzTest.attack(outside, seed));
  }
}
