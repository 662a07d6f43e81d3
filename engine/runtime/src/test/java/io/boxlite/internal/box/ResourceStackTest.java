package io.boxlite.internal.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResourceStackTest {
  private final List<String> released = new ArrayList<>();
  private final ResourceStack stack = new ResourceStack();

  @Test
  void releasesEachResourceOnceTheLastAddedFirst() {
    stack.add(() -> released.add("first"));
    stack.add(() -> released.add("second"));

    stack.close();
    stack.close();

    assertThat(released).containsExactly("second", "first");
  }

  @Test
  void releasesAtOnceWhatIsAddedTooLate() {
    stack.close();

    stack.add(() -> released.add("late"));

    assertThat(released).containsExactly("late");
  }

  @Test
  void releasesAllResourcesEvenIfSomeFail() {
    IllegalStateException later = new IllegalStateException("later");
    IllegalStateException earlier = new IllegalStateException("earlier");
    stack.add(() -> released.add("last"));
    stack.add(() -> fail(later));
    stack.add(() -> fail(earlier));

    assertThatThrownBy(stack::close).isSameAs(earlier).hasSuppressedException(later);

    assertThat(released).containsExactly("last");
  }

  private static void fail(RuntimeException failure) {
    throw failure;
  }
}
