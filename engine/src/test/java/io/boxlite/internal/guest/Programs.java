package io.boxlite.internal.guest;

import io.boxlite.internal.guest.proto.ExecResponse;
import io.boxlite.internal.guest.proto.ExecStart;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** What tests run in a {@link FakeGuest}. */
final class Programs {
  /** Nothing takes as long, on a busy machine either, and every program may take longer. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private Programs() {}

  static ExecStart.Builder start() {
    return ExecStart.newBuilder()
        .addArgv("true")
        .setWallTimeNanos(PATIENCE.multipliedBy(3).toNanos())
        .setMaxOutputBytes(8 << 20);
  }

  /** A guest that says all this when the program is started. */
  static FakeGuest.Script onStart(ExecResponse... responses) {
    return (request, out) -> {
      if (request.hasStart()) {
        for (ExecResponse response : responses) {
          out.onNext(response);
        }
      }
    };
  }

  static void awaitStart(GuestExec exec) throws Exception {
    exec.onStart().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  static GuestExit end(GuestExec exec) throws Exception {
    try {
      return exec.onEnd().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }
}
