package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system on the host that is soon full; only root can have one. */
final class SmallDisk implements AutoCloseable {
  private final Path folder;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  static SmallDisk mount(Path folder, int mib) throws Exception {
    run(
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "mode=700,size=" + mib + "m",
        "boxlite-test",
        folder.toString());
    return new SmallDisk(folder);
  }

  /** Leaves no byte free. */
  void fill() throws IOException {
    try (OutputStream out = Files.newOutputStream(folder.resolve("ballast"))) {
      byte[] page = new byte[4096];
      for (int i = 0; i < 1 << 20; i++) {
        out.write(page);
      }
      throw new IllegalStateException(folder + " is not small");
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  @Override
  public void close() throws Exception {
    run("umount", folder.toString());
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
