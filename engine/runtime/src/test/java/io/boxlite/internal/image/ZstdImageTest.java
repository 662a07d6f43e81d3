package io.boxlite.internal.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.PullPolicy;
import io.boxlite.internal.image.erofs.ErofsReader;
import io.boxlite.internal.image.tar.TarBuilder;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images whose layers skopeo has compressed with Zstandard. */
class ZstdImageTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"zstd", "zstd:chunked"})
  void readsWhatSkopeoWrites(String format) {
    byte[] large = new byte[3 << 20];
    new Random(7).nextBytes(large);
    TestLayout layout =
        new TestLayout(directory.resolve("layout"))
            .layer(new TarBuilder().file("large", large).build())
            .layer(new TarBuilder().file("small", "small").build());
    layout.index(layout.manifest());
    HostTool.run(
        "skopeo",
        "copy",
        "-q",
        "--dest-compress-format=" + format,
        "oci:" + directory.resolve("layout"),
        "oci:" + directory.resolve("copy"));

    ImageStore store = ImageStore.open(directory.resolve("home"));
    try (RootImage image = store.rootImage("oci:" + directory.resolve("copy"), PullPolicy.NEVER);
        ErofsReader root = new ErofsReader(image.file())) {
      assertThat(root.paths()).containsExactly("large", "small");
      assertThat(root.get("small").text()).isEqualTo("small");
    }
  }
}
