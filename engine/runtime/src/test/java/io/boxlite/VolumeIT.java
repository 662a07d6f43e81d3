package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.host.Home;
import io.boxlite.internal.vm.Leftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Boxes with directories of this machine. */
@Timeout(300)
class VolumeIT {
  @TempDir private static Path home;
  @TempDir private Path directory;
  private static Boxlite boxlite;

  @BeforeAll
  static void open() {
    boxlite = Boxlite.open(BoxliteOptions.builder().home(home).poolSize(0).build());
  }

  @AfterAll
  static void close() {
    boxlite.close();
    Leftovers.assertNone(Home.open(home));
    Leftovers.assertNothingOpen(home);
  }

  private LiteBox box(VolumeMode mode) {
    return boxlite.create(
        BoxOptions.builder().memoryMib(256).volume(directory, "/data", mode).build());
  }

  private static String run(LiteBox box, String script) {
    ExecResult result = box.exec("sh", "-c", script);
    return result.stdout()
        + result.stderr()
        + (result.exitCode() == 0 ? "" : "exit " + result.exitCode() + "\n");
  }

  @Test
  void areReadAndChanged() throws IOException {
    Files.writeString(directory.resolve("a"), "hello\n");
    try (LiteBox box = box(VolumeMode.READ_WRITE)) {
      assertThat(run(box, "cat /data/a")).isEqualTo("hello\n");
      assertThat(run(box, "ls -la /data; mount | grep data; df /data")).contains("a");
      assertThat(
              run(
                  box,
                  "cd /data && mkdir d && echo x > d/f && mv d e && ln -s e/f l && cat l && ln e/f h && rm a && ls"))
          .isEqualTo("x\ne\nh\nl\n");
      assertThat(directory.resolve("h")).hasContent("x\n");
      assertThat(directory.resolve("a")).doesNotExist();
    }
  }
}
