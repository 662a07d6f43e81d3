package io.boxlite;

import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tests with boxes that have a directory of this machine. */
@Timeout(300)
abstract class DirectoryInBoxes {
  @RegisterExtension static final TestBoxlite boxlite = new TestBoxlite();

  @TempDir Path directory;

  /** Returns what all boxes have. */
  BoxOptions.Builder options() {
    return BoxOptions.builder().memoryMib(256);
  }

  /** Creates a box that has the directory as {@code /data}. */
  LiteBox box(VolumeMode mode) {
    return boxlite.create(options().volume(directory, "/data", mode).build());
  }
}
