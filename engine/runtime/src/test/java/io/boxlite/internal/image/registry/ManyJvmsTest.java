package io.boxlite.internal.image.registry;

import static io.boxlite.internal.image.registry.HostileRegistry.head;
import static io.boxlite.internal.image.registry.HostileRegistry.ranged;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.boxlite.PullListener;
import io.boxlite.internal.host.settings.ProxySettings;
import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.store.StoredImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** JVMs that share a store, one of which may die. */
class ManyJvmsTest extends HostileTest {
  /** A JVM that pulls: into which store, and what. */
  static final class Puller {
    private Puller() {}

    public static void main(String[] arguments) {
      new Registries(
              RegistrySettings.DEFAULT,
              ProxySettings.OF_JVM,
              new DockerConfig(Path.of("/nonexistent"), ""),
              RegistryTimeouts.DEFAULT)
          .pull(
              ImageName.parse(arguments[1]),
              new StoredImages(Path.of(arguments[0]), Limits.DEFAULT),
              PullListener.NONE);
    }
  }

  private Process puller() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Puller.class.getName(),
            directory.resolve("images").toString(),
            registry.host() + "/app")
        .inheritIO()
        .start();
  }

  @Test
  void fetchEachLayerOnce() throws Exception {
    List<Process> pullers = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        pullers.add(puller());
      }
      for (Process puller : pullers) {
        assertThat(puller.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(puller.exitValue()).isZero();
      }
    } finally {
      pullers.forEach(Process::destroyForcibly);
    }
    assertThat(registry.requests("/v2/app/blobs/")).hasSize(2);
    assertThat(store.names()).containsExactly(registry.host() + "/app:latest");
  }

  @Test
  void goOnWhereOneHasDied() throws Exception {
    CountDownLatch half = new CountDownLatch(1);
    CountDownLatch dead = new CountDownLatch(1);
    registry.on(
        blobPath(),
        (request, out) -> {
          if (request.header("Range").isPresent() || half.getCount() == 0) {
            ranged(request, out, LAYER);
            return;
          }
          head(out, 200, "Content-Length: " + LAYER.length);
          out.write(LAYER, 0, LAYER.length / 2);
          out.flush();
          half.countDown();
          dead.await();
        });
    Process puller = puller();
    try {
      assertThat(half.await(2, TimeUnit.MINUTES)).isTrue();
      awaitPartial();
    } finally {
      puller.destroyForcibly().waitFor();
      dead.countDown();
    }
    assertPulls();
    assertThat(registry.requests(blobPath())).hasSize(2);
    assertThat(registry.requests(blobPath()).get(1).header("Range")).isPresent();
    assertThat(events.completed().fetchedBytes()).isBetween(1L, LAYER.length - 1L);
  }

  /** Sent is not yet written. */
  private void awaitPartial() throws Exception {
    Path partial =
        directory.resolve("images/partial").resolve(blobPath().replaceAll(".*sha256:", ""));
    await()
        .atMost(1, TimeUnit.MINUTES)
        .until(() -> Files.exists(partial) && Files.size(partial) > 0);
  }
}
