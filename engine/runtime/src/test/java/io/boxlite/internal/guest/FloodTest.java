package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.BoxLostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A guest that floods its connection loses its box, and other boxes are not affected. */
class FloodTest extends WithFakeGuest {
  private static final byte[] PING = FloodingGuest.frame(6, 0, 0, new byte[8]);
  private static final String ASKED_FOR_BY_NOBODY = "floods its connection with frames";

  static Object[][] floods() {
    return new Object[][] {
      {"pings", PING, ASKED_FOR_BY_NOBODY},
      {"acknowledged pings", FloodingGuest.frame(6, 1, 0, new byte[8]), "a ping that was not sent"},
      {"settings", FloodingGuest.frame(4, 0, 0), ASKED_FOR_BY_NOBODY},
      {"frames of an unknown type", FloodingGuest.frame(99, 0, 0), ASKED_FOR_BY_NOBODY},
      {"windows", FloodingGuest.frame(8, 0, 0, new byte[] {0, 0, 0, 1}), ASKED_FOR_BY_NOBODY},
      {"data without a call", FloodingGuest.frame(0, 0, 3), "its guest "}, // each gets a response
    };
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("floods")
  void losesItsBox(String name, byte[] frame, String why, @TempDir Path directory)
      throws Exception {
    try (FloodingGuest flood = new FloodingGuest(directory.resolve("flood.sock"), frame, true);
        AgentClient client = AgentClient.connect("b2", flood.link(), () -> "", HostStalls.NONE)) {
      assertThatExceptionOfType(BoxLostException.class)
          .isThrownBy(() -> client.hello(TIMEOUT))
          .withMessageStartingWith("box b2 was lost: its guest ")
          .withMessageContaining(why);
      // Twice what about 40,000 frames have, plus what sockets hold.
      assertThat(flood.written()).isLessThan(4 << 20);
    }
  }

  @Test
  void neverFillsTheHostWithAnswersThatItDoesNotRead(@TempDir Path directory) throws Exception {
    try (FloodingGuest flood = new FloodingGuest(directory.resolve("flood.sock"), PING, false);
        AgentClient client = AgentClient.connect("b2", flood.link(), () -> "", HostStalls.NONE)) {
      assertThatExceptionOfType(BoxLostException.class)
          .isThrownBy(() -> client.hello(TIMEOUT))
          .withMessageContaining("its guest ");
    }
  }

  @Test
  void othersAreAnsweredMeanwhile(@TempDir Path directory) throws Exception {
    client.hello(TIMEOUT);
    List<AutoCloseable> open = new ArrayList<>();
    try {
      // Of the frames of which a guest may send most.
      byte[] frame = FloodingGuest.frame(8, 0, 0, new byte[] {0, 0, 0, 1});
      for (int i = 0; i < 4; i++) {
        FloodingGuest flood = new FloodingGuest(directory.resolve("flood" + i), frame, true);
        open.add(flood);
        AgentClient flooded = AgentClient.connect("f" + i, flood.link(), () -> "", HostStalls.NONE);
        open.add(flooded);
        Thread call = new Thread(() -> helloOf(flooded));
        call.setDaemon(true);
        call.start();
      }
      long start = System.nanoTime();
      for (int i = 0; i < 50; i++) {
        client.hello(TIMEOUT);
      }
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(30));
    } finally {
      for (AutoCloseable each : open) {
        each.close();
      }
    }
  }

  private static void helloOf(AgentClient flooded) {
    try {
      flooded.hello(TIMEOUT);
    } catch (RuntimeException e) {
      // It is lost sooner or later.
    }
  }
}
