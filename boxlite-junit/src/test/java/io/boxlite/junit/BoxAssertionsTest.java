package io.boxlite.junit;

// Both static imports are the point of this test.
import static io.boxlite.junit.BoxAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.junit.assertions.ExecResultSamples;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BoxAssertionsTest {
  @Test
  void standBesideTheStaticImportOfAssertJ() {
    assertThat(ExecResultSamples.exited(0)).succeeded();
    assertThat("text").contains("ex");
    assertThat(List.of(1)).hasSize(1);
    assertThat(Optional.empty()).isEmpty();
    assertThat(Path.of("/tmp")).isAbsolute();
    assertThat(Duration.ofSeconds(1)).isPositive();
  }

  @Test
  void serveForAssertJsOwnAlone() {
    BoxAssertions.assertThat(ExecResultSamples.exited(0)).succeeded();
    BoxAssertions.assertThat("text").contains("ex");
    BoxAssertions.assertThat(List.of(1)).hasSize(1);
    BoxAssertions.assertThatThrownBy(() -> List.of().get(0)).isNotNull();
  }
}
