package io.boxlite.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.BoxOptions;
import io.boxlite.CProgram;
import io.boxlite.Command;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The program {@code network.c} in boxes. */
final class NetworkPrograms {
  /** This machine, as programs in a box see it. */
  static final String HOST_V4 = "198.18.0.1";

  static final String HOST_V6 = "fd62:6f78:6c69:7465::1";

  static BoxOptions.Builder small() {
    return BoxOptions.builder().memoryMib(256);
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Path program;

  /** Compiles the program in a directory. */
  NetworkPrograms(Path directory) {
    program = CProgram.compile("network", directory);
  }

  /** Puts the program into a box. */
  <B extends LiteBox> B copyInto(B box) {
    box.copyIn(program, "/network");
    return box;
  }

  static Command command(String what, String address, int port, String... arguments) {
    List<String> all = new ArrayList<>(List.of("/network", what, address, Integer.toString(port)));
    all.addAll(List.of(arguments));
    return Command.of(all.toArray(String[]::new)).timeout(TIMEOUT);
  }

  /** Runs the program, and returns what it prints without the last line feed. */
  static String run(LiteBox box, String what, String address, int port, String... arguments) {
    return box.exec(command(what, address, port, arguments)).stdout().stripTrailing();
  }

  /** Starts the program and waits for a line from it. */
  static Execution start(
      LiteBox box, String line, String what, String address, int port, String... arguments) {
    Execution execution = box.start(command(what, address, port, arguments));
    try {
      assertThat(line(execution)).isEqualTo(line);
      return execution;
    } catch (Throwable e) {
      execution.close();
      throw e;
    }
  }

  /** Reads a line that a program prints. */
  static String line(Execution execution) {
    StringBuilder line = new StringBuilder();
    try {
      for (int read; (read = execution.stdout().read()) != '\n'; ) {
        assertThat(read).as("the program ended after \"%s\"", line).isNotNegative();
        line.append((char) read);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return line.toString();
  }
}
