package io.boxlite.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.volume.FuseClient.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory that becomes a link to another one, and back, thousands of times a second. */
class VolumeRaceTest {
  private static final long NANOS = TimeUnit.SECONDS.toNanos(2);

  @TempDir private Path outside;

  @Test
  void neverLeadsOut() throws Exception {
    Path directory = Files.createDirectory(outside.resolve("volume"));
    Path other = Files.createDirectory(outside.resolve("other"));
    Files.writeString(other.resolve("f"), "outside");
    Files.createDirectory(directory.resolve("real"));
    Files.writeString(directory.resolve("real/f"), "inside");
    Files.createSymbolicLink(directory.resolve("link"), other);
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger swaps = new AtomicInteger();
    Thread swapper = new Thread(() -> swap(directory, over, swaps), "swapper");
    swapper.start();
    int inside = 0;
    int failed = 0;
    try (FuseClient client = new FuseClient(directory, false)) {
      long end = System.nanoTime() + NANOS;
      while (System.nanoTime() - end < 0) {
        long d = client.find("d");
        long node = d > 0 ? client.find("d/f") : 0;
        if (node > 0) {
          Reply reply = client.read(node, 0, 100);
          if (reply.errno() == 0) {
            byte[] content = new byte[reply.content().remaining()];
            reply.content().get(content);
            assertThat(new String(content, java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("inside");
            inside++;
          }
        } else {
          failed++;
        }
        if (d > 0) {
          client.create(d, "new", 0644, 0);
          client.remove(d, "new");
          client.set(d, Fuse.FATTR_MODE, 0, 0755, 0, 0);
        }
        client.files.open().closeUnused();
      }
    } finally {
      over.set(true);
      swapper.join();
    }
    assertThat(other.toFile().list()).containsExactly("f");
    assertThat(swaps.get()).isGreaterThan(100);
    assertThat(inside).as("reads, of which others failed: " + failed).isPositive();
    assertThat(failed).isPositive();
  }

  private static void swap(Path directory, AtomicBoolean over, AtomicInteger swaps) {
    Path d = directory.resolve("d");
    try {
      while (!over.get()) {
        Files.move(directory.resolve("real"), d, StandardCopyOption.ATOMIC_MOVE);
        Files.move(d, directory.resolve("real"), StandardCopyOption.ATOMIC_MOVE);
        Files.move(directory.resolve("link"), d, StandardCopyOption.ATOMIC_MOVE);
        Files.move(d, directory.resolve("link"), StandardCopyOption.ATOMIC_MOVE);
        swaps.incrementAndGet();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
