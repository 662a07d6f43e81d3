package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.fuzz.Fuzz;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Guests that send mutations of what an agent would send. */
@Timeout(600)
class GuestFuzzTest {
  private static final int SEEDS = 300;

  @TempDir Path directory;

  @Test
  void allCallsSucceedIfNothingIsChanged() throws Exception {
    GuestAttack attack = new GuestAttack(directory);
    assertThat(attack.run(0, attack.recorded(), HostileGuest.Ending.PINGS)).isEmpty();
  }

  @Test
  void callsEndAndNothingIsLeft() throws Exception {
    Fuzz.run(GuestFuzzTest.class, 0, SEEDS, new GuestAttack(directory));
  }
}
