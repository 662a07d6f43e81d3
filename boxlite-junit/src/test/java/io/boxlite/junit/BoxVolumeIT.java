package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;

import io.boxlite.LiteBox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Boxes whose annotation names directories and file systems in memory. */
@Timeout(300)
class BoxVolumeIT {
  private static final String RESOURCES = "src/test/resources/io/boxlite/junit/prepared";

  @Test
  void haveThemMounted(
      @Box(volumes = RESOURCES + ":/data:ro", tmpfs = "/scratch:1MiB") LiteBox box) {
    assertThat(box.exec("sh", "-c", "cmp /data/greeting.txt /data/deeper/../greeting.txt"))
        .succeeded();
    assertThat(box.exec("touch", "/data/new")).exitedWith(1);
    assertThat(box.exec("dd", "if=/dev/zero", "of=/scratch/f", "bs=1M", "count=2")).exitedWith(1);
  }
}
