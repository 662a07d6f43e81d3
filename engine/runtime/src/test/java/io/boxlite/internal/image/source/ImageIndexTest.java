package io.boxlite.internal.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImageNotFoundException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which image of an index a box gets. */
class ImageIndexTest {
  @Test
  void prefersTheBestVariantThatEveryBoxCanRun() {
    assertThat(chosen(4, 4, null, "v3", "v4")).isEqualTo("v4");
    assertThat(chosen(3, 3, "v4", null, "v2", "v3")).isEqualTo("v3");
    assertThat(chosen(2, 3, "v4", null, "v2", "v3")).isEqualTo("v2");
    assertThat(chosen(1, 3, "v4", null, "v2")).isEqualTo("v1");
    assertThat(chosen(3, 4, "v4", "v1")).isEqualTo("v1");
    assertThat(chosen(3, 3, "v4", null)).isEqualTo("v1");
    assertThat(chosen(3, 3, "v9", null)).isEqualTo("v1");
  }

  @Test
  void takesWhatSomeBoxesCanRunWhereThereIsNothingElse() {
    assertThat(chosen(2, 4, "v4", "v3")).isEqualTo("v3");
    assertThat(chosen(3, 4, "v4")).isEqualTo("v4");
    assertThat(chosen(3, 3, "v4")).isEqualTo("none");
  }

  @Test
  void saysThatNoneIsForThisCpu() {
    ImageIndex index = new ImageIndex(2, null, List.of(image("linux", "amd64", "v9")));
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> index.forBoxes("image x"))
        .withMessage(
            "image x: there is no image for linux/amd64 that this CPU can run; there are"
                + " linux/amd64/v9");
  }

  @Test
  void takesAPlatformUnderItsOtherNames() {
    ImageIndex index =
        new ImageIndex(
            2, null, List.of(image("linux", "aarch64", "v8"), image("Linux", "x86_64", "")));
    assertThat(index.forBoxes("x")).isSameAs(index.entries().get(1));
  }

  private static String chosen(int ofAll, int ofSome, @Nullable String... variants) {
    List<Descriptor> images =
        Arrays.stream(variants).map(variant -> image("linux", "amd64", variant)).toList();
    return ImageIndex.forBoxes(images, ofAll, ofSome).stream()
        .findFirst()
        .map(Descriptor::platform)
        .map(platform -> "v" + platform.level())
        .orElse("none");
  }

  private static Descriptor image(String os, String architecture, @Nullable String variant) {
    Platform platform = new Platform(os, architecture, variant);
    return new Descriptor(Descriptor.MANIFEST, "sha256:x", 1, platform, null, null);
  }
}
