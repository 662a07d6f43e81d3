package io.boxlite.junit.internal.sharing;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.BoxAssertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

@Timeout(30)
class BoxLockTest {
  private final BoxLock lock = new BoxLock();
  private final ExecutorService others = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    others.shutdownNow();
  }

  @Test
  void concurrentRequestsHoldItTogether() throws Exception {
    Runnable mine = lock.acquire(false, "the box");
    Runnable theirs = others.submit(() -> lock.acquire(false, "the box")).get();
    mine.run();
    theirs.run();
  }

  @Test
  void anExclusiveRequestWaitsForAllOthers() throws Exception {
    Runnable mine = lock.acquire(false, "the box");
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Runnable> theirs = new CompletableFuture<>();
    Future<?> waiting =
        others.submit(
            () -> {
              begun.countDown();
              return theirs.complete(lock.acquire(true, "the box"));
            });
    begun.await();
    assertThat(theirs).isNotDone();
    mine.run();
    waiting.get(10, TimeUnit.SECONDS);
    theirs.join().run();
    lock.acquire(true, "the box").run();
  }

  @Test
  void refusesARequestThatWouldWaitForItsOwnThread() throws Exception {
    Runnable mine = lock.acquire(true, "@Box field `box`");
    assertThatThrownBy(() -> lock.acquire(true, "@Box field `box`"))
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageStartingWith("@Box field `box` would deadlock: ")
        .hasMessageContaining("@Execution(SAME_THREAD)");
    mine.run();
    lock.acquire(true, "@Box field `box`").run();
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    Runnable mine = lock.acquire(true, "the box");
    Future<?> waiting =
        others.submit(
            () -> {
              Thread.currentThread().interrupt();
              assertThatThrownBy(() -> lock.acquire(true, "the box"))
                  .isInstanceOf(InterruptedException.class);
            });
    waiting.get(10, TimeUnit.SECONDS);
    mine.run();
  }
}
