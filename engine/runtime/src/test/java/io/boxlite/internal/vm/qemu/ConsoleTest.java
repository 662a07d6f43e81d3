package io.boxlite.internal.vm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The console's side of a socket, with a peer that writes as a guest might. */
@Timeout(120)
class ConsoleTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir Path directory;

  private Path path() {
    return directory.resolve("console.sock");
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(path()));
  }

  private static void write(SocketChannel guest, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      guest.write(bytes);
    }
  }

  @Test
  void keepsTheEndOfAFlood() throws IOException {
    try (Console console = new Console(path(), "b1", () -> {})) {
      try (SocketChannel guest = connect()) {
        String line = "all work and no play makes a guest a dull machine\n";
        for (int i = 0; i < 1000; i++) {
          write(guest, line.repeat(100));
        }
        write(guest, "the last line");
      }
      console.drain();
      assertThat(console.tail()).endsWith("machine\nthe last line").hasSizeBetween(4000, 16000);
    }
  }

  @Test
  void readsWhatWasWrittenByAPeerThatIsGone() throws IOException {
    try (Console console = new Console(path(), "b1", () -> {})) {
      try (SocketChannel guest = connect()) {
        write(guest, "Kernel panic");
      }
      console.drain();
      assertThat(console.tail()).isEqualTo("Kernel panic");
    }
  }

  @Test
  void hasNothingToSayWhenNobodyEverConnected() throws IOException {
    try (Console console = new Console(path(), "b1", () -> {})) {
      console.drain();
      assertThat(console.tail()).isEmpty();
    }
  }

  @Test
  void waitsForALineThatComesInPieces() throws Exception {
    try (Console console = new Console(path(), "b1", () -> {});
        SocketChannel guest = connect()) {
      write(guest, "noise\r\nboxlite: detach");
      assertThat(console.await("boxlite: detached 1", Duration.ofMillis(50))).isFalse();
      write(guest, "ed 1\r\n");
      assertThat(console.await("boxlite: detached 1", TIMEOUT)).isTrue();
      assertThat(console.await("detached 1", Duration.ofMillis(50))).isFalse();
    }
  }

  @Test
  void waitsForNoLineOfAGuestThatHasEnded() throws Exception {
    try (Console console = new Console(path(), "b1", () -> {})) {
      connect().close();
      assertThat(console.await("never", TIMEOUT)).isFalse();
    }
  }

  @Test
  void escapesControlCodes() throws IOException {
    try (Console console = new Console(path(), "b1", () -> {})) {
      try (SocketChannel guest = connect()) {
        write(guest, "\u001b[31mred\u0007\r\n\tü\u009b\u0000");
      }
      console.drain();
      assertThat(console.tail()).isEqualTo("\\x1b[31mred\\x07\n\tü\\x9b\\x00");
    }
  }

  @Test
  void closingEndsItsThreadWithOrWithoutAConnection() throws IOException {
    Console unconnected = new Console(path(), "closing", () -> {});
    unconnected.close();
    java.nio.file.Files.delete(path());
    try (Console console = new Console(path(), "closing", () -> {});
        SocketChannel guest = connect()) {
      write(guest, "x");
      console.close();
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.getName().startsWith("boxlite-closing"));
      assertThat(console.tail()).isIn("", "x");
    }
  }
}
