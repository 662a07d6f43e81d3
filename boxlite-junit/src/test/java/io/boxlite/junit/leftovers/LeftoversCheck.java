package io.boxlite.junit.leftovers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs after all tests, and fails the build where they have left anything. */
final class LeftoversCheck {
  private LeftoversCheck() {}

  /**
   * Checks.
   *
   * @param arguments the record of {@link LeftoversListener}, the home directory of the tests'
   *     boxes, and their directory of temporary files
   */
  public static void main(String[] arguments) throws IOException {
    List<String> left = check(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]));
    if (!left.isEmpty()) {
      System.err.println("The tests have left behind:");
      left.forEach(line -> System.err.println("  " + line));
      System.exit(1);
    }
  }

  /** What is left; nothing where no test has run. */
  static List<String> check(Path record, Path home, Path temporary) throws IOException {
    if (Files.notExists(record)) {
      return List.of();
    }
    List<String> left = new ArrayList<>(Files.readAllLines(record));
    left.removeIf(Leftovers.NOTHING::equals);
    left.addAll(Leftovers.ofAll(home, temporary));
    return left;
  }
}
