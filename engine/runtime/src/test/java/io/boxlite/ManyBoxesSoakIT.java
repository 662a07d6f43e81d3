package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.boxlite.internal.host.Home;
import io.boxlite.internal.vm.Leftovers;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Boxes that come and go in one JVM, which is the same afterwards as before: what one box in a
 * hundred leaks is found only with many. {@code mvn -Psoak verify} makes 1,000 of it.
 */
class ManyBoxesSoakIT {
  private static final Logger log = LoggerFactory.getLogger(ManyBoxesSoakIT.class);
  private static final int BOXES = Integer.getInteger("soak.boxes", 20);
  private static final int WARM_UP = 10;
  private static final BoxOptions OPTIONS = BoxOptions.builder().memoryMib(256).build();

  /** What a box must give back; the heap in MiB, all else in numbers. */
  private record Footprint(long heapMib, long threads, long descriptors, long processes) {
    static Footprint now() throws IOException {
      for (int i = 0; i < 3; i++) {
        System.gc();
      }
      Runtime runtime = Runtime.getRuntime();
      try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
        return new Footprint(
            (runtime.totalMemory() - runtime.freeMemory()) >> 20,
            ManagementFactory.getThreadMXBean().getThreadCount(),
            open.count(),
            ProcessHandle.current().descendants().count());
      }
    }
  }

  private final Home home = Home.open(Path.of(System.getProperty("boxlite.home", "target/home")));

  @Test
  void boxesGiveBackAllThatTheyTake() throws Exception {
    createUseAndClose(WARM_UP);
    Leftovers.assertNone(home);
    Footprint before = Footprint.now();
    long start = System.nanoTime();
    Map<BoxOrigin, Integer> origins = createUseAndClose(BOXES);
    long millis = (System.nanoTime() - start) / 1_000_000;
    Leftovers.assertNone(home);
    // Threads of the JDK and of gRPC end some seconds after their last use.
    await()
        .untilAsserted(
            () -> {
              Footprint after = Footprint.now();
              log.info("before {}, after {}", before, after);
              assertThat(after.threads).isLessThanOrEqualTo(before.threads + 2);
              assertThat(after.descriptors).isLessThanOrEqualTo(before.descriptors + 2);
              assertThat(after.processes).isLessThanOrEqualTo(before.processes);
              assertThat(after.heapMib).isLessThanOrEqualTo(before.heapMib + 8);
            });
    log.info("{} boxes, {}, in {} ms: {} ms each", BOXES, origins, millis, millis / BOXES);
  }

  private static Map<BoxOrigin, Integer> createUseAndClose(int boxes) {
    Map<BoxOrigin, Integer> origins = new EnumMap<>(BoxOrigin.class);
    try (Boxlite boxlite = Boxlite.open()) {
      for (int i = 0; i < boxes; i++) {
        try (LiteBox box = boxlite.create(OPTIONS)) {
          origins.merge(box.info().origin(), 1, Integer::sum);
          String mark = "box " + i;
          ExecResult said = box.exec("sh", "-c", "cat /mark 2>&1; echo " + mark + " | tee /mark");
          assertThat(said.stdout()).contains("No such file").endsWith(mark + "\n");
        }
      }
    }
    return origins;
  }
}
