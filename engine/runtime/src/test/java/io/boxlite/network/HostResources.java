package io.boxlite.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What this JVM uses for the networks of boxes. */
final class HostResources {
  private static final String SYN_SENT = "02";

  private HostResources() {}

  /** Returns how many sockets this JVM has. */
  static long sockets() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(HostResources::isSocket).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns how many sockets wait for an answer of a server. */
  static long tcpConnecting(ServerSocket server) throws IOException {
    String port = String.format(":%04X", server.getLocalPort());
    return Stream.of("/proc/self/net/tcp", "/proc/self/net/tcp6")
        .flatMap(table -> lines(Path.of(table)).stream())
        .map(line -> line.trim().split("\\s+"))
        .filter(fields -> fields[2].endsWith(port) && fields[3].equals(SYN_SENT))
        .count();
  }

  private static List<String> lines(Path table) {
    try {
      return Files.readAllLines(table);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the heap in use after a collection. */
  static long heapKib() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 10;
  }
}
