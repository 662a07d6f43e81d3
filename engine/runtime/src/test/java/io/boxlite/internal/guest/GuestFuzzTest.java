package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.BoxLostException;
import io.boxlite.fuzz.Fuzz;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
  void aMessageOfOneGibibyteIsNotReceived() throws Exception {
    List<GuestFrame> frames =
        new ArrayList<>(new GuestAttack(directory).recorded().subList(0, 3)); // up to the headers
    int stream = frames.get(2).stream();
    int steps = frames.get(2).afterSteps();
    frames.add(GuestFrame.of(GuestFrame.DATA, 0, stream, steps, new byte[] {0, 0x40, 0, 0, 0}));
    GuestFrame part = GuestFrame.of(GuestFrame.DATA, 0, stream, steps, new byte[1 << 14]);
    frames.addAll(Collections.nCopies(1 << 16, part));
    Path socket = directory.resolve("large.sock");
    try (HostileGuest guest = new HostileGuest(socket, frames, HostileGuest.Ending.PINGS);
        AgentClient client = AgentClient.connect("b1", guest.link(), () -> "", HostStalls.NONE)) {
      assertThatExceptionOfType(BoxLostException.class)
          .isThrownBy(() -> client.hello(Duration.ofSeconds(60)))
          .withMessageContaining("gRPC message exceeds maximum size 1049600: 1073741824");
      assertThat(guest.sent()).isLessThan(4 << 20);
    }
  }

  @Test
  void callsEndAndNothingIsLeft() throws Exception {
    Fuzz.run(GuestFuzzTest.class, 0, SEEDS, new GuestAttack(directory));
  }
}
