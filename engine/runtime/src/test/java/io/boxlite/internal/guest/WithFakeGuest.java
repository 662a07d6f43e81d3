package io.boxlite.internal.guest;

import io.boxlite.internal.guest.proto.ExecResponse;
import io.boxlite.internal.guest.proto.ExecStart;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests that are connected to a {@link FakeGuest}, and what runs in it. */
@Timeout(180)
abstract class WithFakeGuest {
  /** Nothing takes this long even on a busy machine, and every program may take longer. */
  static final Duration TIMEOUT = Duration.ofSeconds(60);

  FakeGuest guest;
  AgentClient client;

  @BeforeEach
  void connect(@TempDir Path directory) throws IOException {
    guest = new FakeGuest(directory);
    client = AgentClient.connect("b1", guest.link(), () -> "last words", HostStalls.NONE);
  }

  @AfterEach
  void close() {
    client.close();
    guest.close();
  }

  static ExecStart.Builder start() {
    return ExecStart.newBuilder()
        .addArgv("true")
        .setWallTimeNanos(TIMEOUT.multipliedBy(3).toNanos())
        .setMaxOutputBytes(8 << 20);
  }

  /** A guest that sends all this when the program is started. */
  static FakeGuest.Script onStart(ExecResponse... responses) {
    return (request, out) -> {
      if (request.hasStart()) {
        for (ExecResponse response : responses) {
          out.onNext(response);
        }
      }
    };
  }

  /** Waits until the box is lost, and returns why. */
  String loss() throws Exception {
    return client.whenLost().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS).why();
  }

  static void awaitStart(GuestExec exec) throws Exception {
    exec.onStart().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
  }

  static GuestExit end(GuestExec exec) throws Exception {
    try {
      return exec.onEnd().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }
}
