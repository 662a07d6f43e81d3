package io.boxlite.internal.box;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.BoxOptions;
import io.boxlite.internal.image.ImageConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BoxPlanTest {
  private static final BoxOptions MANY = BoxOptions.builder().cpus(64).build();

  @Test
  void boxesWithManyProcessorsHaveMoreTimeToStart() {
    assertThat(BoxPlan.startTimeout(BoxOptions.builder().build(), Optional.empty()))
        .isEqualTo(Duration.ofSeconds(60));
    assertThat(BoxPlan.startTimeout(MANY, Optional.empty())).isEqualTo(Duration.ofSeconds(186));
  }

  @Test
  void theSettingGoesBeforeTheDefaultAndTheOptionBeforeTheSetting() {
    Optional<Duration> setting = Optional.of(Duration.ofSeconds(5));
    assertThat(BoxPlan.startTimeout(MANY, setting)).isEqualTo(Duration.ofSeconds(5));
    assertThat(
            BoxPlan.startTimeout(
                MANY.toBuilder().startTimeout(Duration.ofSeconds(7)).build(), setting))
        .isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void aBoxHasTheDirectoriesThatItsImageAndItsOptionsName() {
    ImageConfig image =
        new ImageConfig(
            Map.of(),
            Optional.of("/app"),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of("/data", "/app", "/tmp"),
            Optional.empty());
    BoxOptions options = BoxOptions.builder().workingDir("/workspace").build();
    assertThat(BoxPlan.directories(image, options)).containsExactly("/app", "/data", "/workspace");
    assertThat(BoxPlan.directories(ImageConfig.EMPTY, MANY)).isEmpty();
  }
}
