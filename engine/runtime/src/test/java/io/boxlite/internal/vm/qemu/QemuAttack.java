package io.boxlite.internal.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.fuzz.Fuzz;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Attacks the engine's ends of QEMU's monitor and of a guest's console. */
final class QemuAttack implements Fuzz.Attack {
  /** What QEMU 7.2 sends while a machine is started, saved and stopped. */
  private static final List<String> MONITOR =
      List.of(
          "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 19, \"minor\": 2, \"major\": 7},"
              + " \"package\": \"Debian\"}, \"capabilities\": [\"oob\"]}}",
          "{\"return\": {}, \"id\": \"1\"}",
          "{\"return\": {\"status\": \"running\", \"running\": true}, \"id\": \"2\"}",
          "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}",
          "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"MIGRATION\","
              + " \"data\": {\"status\": \"completed\"}}",
          "{\"id\": \"3\", \"error\": {\"class\": \"GenericError\", \"desc\": \"no such device\"}}",
          "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"SHUTDOWN\","
              + " \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}");

  private static final List<String> CONSOLE =
      List.of(
          "[    0.000000] Linux version 6.1.0 (boxlite@build)",
          "[    0.100000] boxlite: ready",
          "\u001b[31mboxlite: detached 0123456789abcdef\u001b[0m",
          "[    0.200000] reboot: Power down");

  private static final Duration IMPATIENT = Duration.ofMillis(150);
  private static final int MOST_TAIL = 40_000; // 8 KiB, if all of it has to be escaped

  private final Path directory;

  QemuAttack(Path directory) {
    this.directory = directory;
  }

  @Override
  public void run(long seed) throws Exception {
    Random random = new Random(seed);
    attackMonitor(seed, new LineMutation(random).apply(MONITOR));
    attackConsole(seed, new LineMutation(random).apply(CONSOLE));
  }

  private void attackMonitor(long seed, List<byte[]> lines) throws Exception {
    Path path = directory.resolve(seed + ".qmp");
    QemuEvents events = new QemuEvents();
    try (QmpClient qmp = new QmpClient(path, "fuzz-" + seed, events::take);
        SocketChannel peer = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      Thread writer = write(peer, lines);
      try {
        qmp.negotiate(IMPATIENT);
        qmp.execute("query-status", IMPATIENT);
        qmp.execute("device_del", Map.of("id", "none"), IMPATIENT);
      } catch (QmpException e) {
        assertThat(e.getMessage()).hasSizeLessThan(5000).doesNotContain("\u001b");
      }
      qmp.close();
      peer.close();
      writer.join();
      assertThat(events.shutdownReason()).hasSizeLessThan(5000).doesNotContain("\u001b");
    } finally {
      Files.deleteIfExists(path);
    }
  }

  private void attackConsole(long seed, List<byte[]> lines) throws Exception {
    Path path = directory.resolve(seed + ".console");
    try (Console console = new Console(path, "fuzz-" + seed, () -> {})) {
      try (SocketChannel peer = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        Thread writer = write(peer, lines);
        console.await("boxlite: detached", IMPATIENT.dividedBy(10));
        writer.join();
      }
      console.drain();
      assertThat(console.tail()).hasSizeLessThan(MOST_TAIL).doesNotContain("\u001b", "\0");
    } finally {
      Files.deleteIfExists(path);
    }
  }

  private static Thread write(SocketChannel peer, List<byte[]> lines) {
    Thread writer =
        new Thread(
            () -> {
              try {
                for (byte[] line : lines) {
                  ByteBuffer left = ByteBuffer.wrap(line);
                  while (left.hasRemaining()) {
                    peer.write(left);
                  }
                }
              } catch (IOException e) {
                // The engine has ended the session.
              }
            },
            "hostile-qemu");
    writer.setDaemon(true);
    writer.start();
    return writer;
  }
}
