package io.boxlite.junit.internal.sharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.boxlite.junit.BoxScope;
import io.boxlite.junit.internal.declaration.BoxKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * A worker of JUnit's pool that waits for its subtasks runs other tests in the meantime, on top of
 * the one that waits.
 */
class BoxLocksTest {
  private final LockRequest request =
      new LockRequest(
          new SharedBox(new BoxKey("test", List.of()), 0),
          true,
          false,
          BoxScope.CLASS,
          "",
          "@Box field `box`");
  private final BoxLocks waiting = new BoxLocks(List.of(request));
  private final BoxLocks onTop = new BoxLocks(List.of(request));
  private final Queue<String> events = new ConcurrentLinkedQueue<>();
  private final ForkJoinPool pool = new ForkJoinPool(2);

  @AfterEach
  void shutDown() {
    pool.shutdownNow();
  }

  @Test
  void aTestOnTopOfAFactoryGetsTheLocksAfterTheDynamicTests() throws Exception {
    inPool(
        () -> {
          waiting.acquire();
          DynamicTests.Watched watched =
              DynamicTests.watch(
                  List.of(
                      dynamicTest("a", () -> {}),
                      dynamicContainer(
                          "c", Stream.of(dynamicTest("b", () -> {}), dynamicTest("c", () -> {})))),
                  () -> {
                    events.add("paused");
                    waiting.release();
                  });
          List<ForkJoinTask<?>> forked = new ArrayList<>();
          fork((Stream<?>) watched.nodes(), watched.tests(), forked);

          onTop.acquire();
          events.add("on top");
          onTop.release();

          forked.forEach(ForkJoinTask::join);
          watched.tests().close();
          waiting.acquire();
          waiting.release();
          return null;
        });

    assertThat(events).hasSize(5).endsWith("paused", "on top").contains("a", "b", "c");
  }

  private void fork(Stream<?> nodes, DynamicTests tests, List<ForkJoinTask<?>> forked) {
    nodes.forEach(
        node -> {
          if (node instanceof DynamicContainer container) {
            fork(container.getChildren(), tests, forked);
          } else {
            forked.add(
                pool.submit(
                    () -> {
                      tests.began();
                      events.add(((DynamicNode) node).getDisplayName());
                      tests.ended();
                    }));
          }
        });
  }

  @Test
  void aTestOnTopOfAnotherFailsInsteadOfWaitingForever() throws Exception {
    inPool(
        () -> {
          waiting.acquire();
          assertThatThrownBy(onTop::acquire)
              .isInstanceOf(ExtensionConfigurationException.class)
              .hasMessageStartingWith("@Box field `box` would deadlock: ");
          onTop.release();
          waiting.release();
          return null;
        });
  }

  @Test
  void aCopyOfAContainerHasTheSameProperties() {
    DynamicTest child = dynamicTest("child", () -> {});
    DynamicContainer container =
        dynamicContainer("parent", java.net.URI.create("file:///x"), Stream.of(child));

    DynamicContainer copy = ContainerCopy.of(container, container.getChildren());

    assertThat(copy.getDisplayName()).isEqualTo("parent");
    assertThat(copy.getTestSourceUri()).contains(java.net.URI.create("file:///x"));
    assertThat(copy.getChildren().toList()).isEqualTo(List.of(child));
  }

  private void inPool(Callable<?> task) throws Exception {
    pool.submit(task).get(60, TimeUnit.SECONDS);
  }
}
