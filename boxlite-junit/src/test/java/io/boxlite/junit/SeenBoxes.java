package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;

import io.boxlite.BoxState;
import io.boxlite.LiteBox;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The boxes that the test classes of a run got, in order, as often as they got them. */
final class SeenBoxes {
  private static final List<LiteBox> SEEN = new CopyOnWriteArrayList<>();
  private static final Set<LiteBox> IN_USE = ConcurrentHashMap.newKeySet();

  private SeenBoxes() {}

  static void forget() {
    SEEN.clear();
    IN_USE.clear();
  }

  /** Notes a box and that it runs. */
  static void use(LiteBox box) {
    assertThat(box.info().state()).isEqualTo(BoxState.RUNNING);
    SEEN.add(box);
  }

  /** Notes a box and that nobody else uses it for a while. */
  static void useAlone(LiteBox box) {
    use(box);
    assertThat(IN_USE.add(box)).as("nobody else uses %s", box).isTrue();
    assertThat(box.exec("sleep", "0.2")).succeeded();
    IN_USE.remove(box);
  }

  static List<LiteBox> all() {
    return List.copyOf(SEEN);
  }

  /** So many different boxes were used, and nothing is left of them. */
  static void assertClosed(int count) {
    assertThat(SEEN.stream().distinct()).hasSize(count);
    for (LiteBox box : SEEN) {
      assertThat(box.info().state()).isEqualTo(BoxState.STOPPED);
      assertThat(ProcessHandle.of(box.info().hypervisorPid())).isEmpty();
    }
  }
}
