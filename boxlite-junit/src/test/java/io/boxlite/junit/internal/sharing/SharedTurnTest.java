package io.boxlite.junit.internal.sharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

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
 * What a worker of JUnit's pool does that waits for its subtasks: it runs other tests, on top of
 * the one that waits.
 */
class SharedTurnTest {
  private final SharedUse use =
      new SharedUse(
          new SharedBox(new BoxKey("test", List.of()), 0), true, false, "@Box field `box`");
  private final SharedTurn waiting = new SharedTurn(List.of(use));
  private final SharedTurn onTop = new SharedTurn(List.of(use));
  private final Queue<String> events = new ConcurrentLinkedQueue<>();
  private final ForkJoinPool pool = new ForkJoinPool(2);

  @AfterEach
  void shutDown() {
    pool.shutdownNow();
  }

  @Test
  void aTestOnTopOfAFactoryHasItsTurnWhenTheDynamicTestsHaveEnded() throws Exception {
    inPool(
        () -> {
          waiting.begin();
          DynamicTests.Watched watched =
              DynamicTests.watch(
                  List.of(
                      dynamicTest("a", () -> {}),
                      dynamicContainer(
                          "c", Stream.of(dynamicTest("b", () -> {}), dynamicTest("c", () -> {})))),
                  () -> {
                    events.add("paused");
                    waiting.end();
                  });
          List<ForkJoinTask<?>> forked = new ArrayList<>();
          fork((Stream<?>) watched.nodes(), watched.tests(), forked);

          onTop.begin();
          events.add("on top");
          onTop.end();

          forked.forEach(ForkJoinTask::join);
          watched.tests().close();
          waiting.begin();
          waiting.end();
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
  void aTestOnTopOfAnotherIsToldWhyItCannotHaveItsTurn() throws Exception {
    inPool(
        () -> {
          waiting.begin();
          assertThatThrownBy(onTop::begin)
              .isInstanceOf(ExtensionConfigurationException.class)
              .hasMessageStartingWith(
                  "@Box field `box` is in use by a test that waits in this very");
          onTop.end();
          waiting.end();
          return null;
        });
  }

  @Test
  void aCopyOfAContainerIsLikeIt() {
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
