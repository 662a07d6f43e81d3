package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system on the host that is soon full; only root can have one. */
final class SmallDisk implements AutoCloseable {
  private final Path directory;

  private SmallDisk(Path directory) {
    this.directory = directory;
  }

  static SmallDisk mount(Path directory, int mib) throws Exception {
    run(
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "mode=700,size=" + mib + "m",
        "boxlite-test",
        directory.toString());
    return new SmallDisk(directory);
  }

  /** Leaves no byte free. */
  void fill() throws IOException {
    try (OutputStream out = Files.newOutputStream(directory.resolve("ballast"))) {
      byte[] page = new byte[4096];
      for (int i = 0; i < 1 << 20; i++) {
        out.write(page);
      }
      throw new IllegalStateException(directory + " is not small");
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  @Override
  public void close() throws Exception {
    run("umount", directory.toString());
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
