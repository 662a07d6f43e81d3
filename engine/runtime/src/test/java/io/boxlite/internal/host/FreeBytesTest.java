package io.boxlite.internal.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeBytesTest {
  /**
   * A root that no line of {@code /proc/mounts} has, with the directory {@code home} right in it.
   */
  private static final String CHROOT =
      """
      set -e
      cd "$1"
      mkdir -p usr etc java classes home proc
      mount --bind /usr usr
      mount --bind /etc etc
      mount --bind "$2" java
      mount --bind "$3" classes
      for directory in lib lib64 bin; do ln -s "usr/$directory" "$directory"; done
      mount -t proc proc proc
      exec chroot . /java/bin/java -cp /classes:/classes/jna.jar io.boxlite.internal.host.FreeBytesTest
      """;

  /** What the JVM in there does. */
  public static void main(String... arguments) {
    Path home = Path.of("/home");
    String javas = "found";
    try {
      Files.getFileStore(home);
    } catch (IOException e) {
      javas = e.getMessage();
    }
    System.out.println(javas + ", " + (DiskUsage.freeBytes(home) > 0));
  }

  @Test
  void areToldWhereJavaKnowsNoMountPoint(@TempDir Path root) throws Exception {
    Path classes = Files.createDirectories(root.resolve("copied/io/boxlite/internal/host"));
    for (Class<?> type : new Class<?>[] {FreeBytesTest.class, DiskUsage.class}) {
      String file = type.getSimpleName() + ".class";
      try (var in = type.getResourceAsStream(file)) {
        Files.copy(in, classes.resolve(file));
      }
    }
    Path jna =
        Path.of(
            LastErrorException.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Files.copy(jna, root.resolve("copied/jna.jar"));
    Process process =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "--map-root-user",
                "--fork",
                "--pid",
                "sh",
                "-c",
                CHROOT,
                "sh",
                Files.createDirectory(root.resolve("root")).toString(),
                System.getProperty("java.home"),
                root.resolve("copied").toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Assumptions.assumeFalse(said.contains("not permitted"), said);

    assertThat(said).isEqualTo("Mount point not found, true\n");
  }

  @Test
  void areThoseOfTheFileSystem(@TempDir Path directory) throws IOException {
    assertThat(DiskUsage.freeBytes(directory))
        .isCloseTo(
            Files.getFileStore(directory).getUsableSpace(),
            org.assertj.core.data.Percentage.withPercentage(20));
  }
}
