package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ThreadEndTest {
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread awaited = new Thread(this::awaitEnd);

  @AfterEach
  void end() throws InterruptedException {
    end.countDown();
    awaited.join();
  }

  private void awaitEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anInterruptIsKeptAndDoesNotShortenTheWait() throws Exception {
    awaited.start();
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread waiter =
        new Thread(
            () -> {
              ThreadEnd.await(awaited);
              interrupted.complete(Thread.currentThread().isInterrupted());
            });
    waiter.start();
    for (int i = 0; i < 2; i++) {
      await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
      waiter.interrupt();
      await().until(() -> !waiter.isInterrupted());
    }
    assertThat(interrupted).isNotDone();
    end.countDown();
    assertThat(interrupted.get(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aWaitWithALimitEndsBeforeTheThread() {
    awaited.start();
    ThreadEnd.await(awaited, Duration.ofMillis(1));
    assertThat(awaited.isAlive()).isTrue();
  }

  @Test
  void aThreadThatNeverStartedIsNotWaitedFor() {
    ThreadEnd.await(awaited);
    assertThat(awaited.getState()).isEqualTo(Thread.State.NEW);
  }
}
