package io.boxlite.junit.internal.sharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloseAllTest {
  @Test
  void runsAllActionsAndReportsAllFailures() {
    List<String> done = new ArrayList<>();
    List<Runnable> actions =
        List.of(
            () -> done.add("first"),
            () -> {
              throw new IllegalStateException("second");
            },
            () -> done.add("third"),
            () -> {
              throw new IllegalStateException("fourth");
            });

    assertThatThrownBy(() -> CloseAll.runAll(actions))
        .hasMessage("second")
        .satisfies(
            failure ->
                assertThat(failure.getSuppressed()).singleElement().asString().endsWith("fourth"));
    assertThat(done).containsExactly("first", "third");
  }
}
