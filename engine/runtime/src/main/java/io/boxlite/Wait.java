package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.time.Duration;

/**
 * What must hold before a box counts as ready; see {@link BoxOptions.Builder#waitFor(Wait...)}.
 *
 * <p>Immutable: each method returns a modified copy.
 *
 * <p>As text:
 *
 * <ul>
 *   <li>{@code port:5432}
 *   <li>{@code http:8080/health}, or {@code http:8080/health=200} for one status
 *   <li>{@code output:ready to accept connections}
 *   <li>{@code exec:pg_isready -q}, for {@code sh -c}
 * </ul>
 *
 * <p>Each can end with its timeout: {@code port:5432 within 2min}.
 */
public sealed interface Wait {
  /** The timeout of a wait that has no other. */
  Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

  /** The longest timeout. */
  Duration MAX_TIMEOUT = Duration.ofHours(1);

  /** Returns how long to wait, counted from the start of the main command. */
  Duration timeout();

  /**
   * Sets how long to wait, counted from the start of the main command; {@link #DEFAULT_TIMEOUT} by
   * default.
   *
   * @param timeout more than zero, at most {@link #MAX_TIMEOUT}
   */
  Wait timeout(Duration timeout);

  /**
   * Waits until a program in the box accepts a connection. The port need not be published.
   *
   * @param port the port in the box, 1 to 65535
   */
  static Port port(int port) {
    return new Port(port, DEFAULT_TIMEOUT);
  }

  /**
   * Waits until a GET request is answered with a status from 200 to 399. The port need not be
   * published.
   *
   * @param path the path, which begins with a slash, and a query if there is one
   * @param port the port in the box, 1 to 65535
   */
  static Http http(String path, int port) {
    return new Http(port, path, 200, 399, DEFAULT_TIMEOUT);
  }

  /**
   * Waits until the box's main command has written a text to standard output or standard error.
   *
   * @param text part of a line, or several lines; it is not a pattern
   */
  static Output output(String text) {
    return new Output(text, 1, DEFAULT_TIMEOUT);
  }

  /**
   * Waits until a command exits with 0. It is run again and again until then.
   *
   * @param argv the program and its arguments
   */
  static Exec exec(String... argv) {
    return exec(Command.of(argv));
  }

  /**
   * Waits until a command exits with 0. It is run again and again until then.
   *
   * @param command the command, whose time limit applies to each run
   * @throws IllegalArgumentException if it has a terminal, or a standard input other than a file of
   *     the box
   */
  static Exec exec(Command command) {
    return new Exec(command, DEFAULT_TIMEOUT);
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  static Wait parse(String text) {
    return WaitText.parse(text);
  }

  /**
   * A connection that is accepted.
   *
   * @param port the port in the box, 1 to 65535
   * @param timeout how long to wait
   */
  record Port(int port, Duration timeout) implements Wait {
    /** Checks the values. */
    public Port {
      WaitText.checkPort(port);
      WaitText.checkTimeout(timeout);
    }

    @Override
    public Port timeout(Duration timeout) {
      return new Port(port, timeout);
    }

    @Override
    public String toString() {
      return "port:" + port;
    }
  }

  /**
   * A GET request that is answered.
   *
   * @param port the port in the box, 1 to 65535
   * @param path the path, and a query if there is one
   * @param leastStatus the lowest status that counts, 100 to 599
   * @param mostStatus the highest status that counts
   * @param timeout how long to wait
   */
  record Http(int port, String path, int leastStatus, int mostStatus, Duration timeout)
      implements Wait {
    /** Checks the values. */
    public Http {
      WaitText.checkPort(port);
      if (!path.startsWith("/") || !path.chars().allMatch(c -> c > ' ' && c <= '~')) {
        throw new IllegalArgumentException(
            "path of a wait is \""
                + Arguments.shown(path)
                + "\"; it must begin with \"/\" and have only the characters of a URL");
      }
      Arguments.inRange("status of a wait", leastStatus, 100, 599);
      Arguments.inRange("status of a wait", mostStatus, leastStatus, 599);
      WaitText.checkTimeout(timeout);
    }

    /** Accepts only this status, 100 to 599. */
    public Http status(int status) {
      return status(status, status);
    }

    /** Accepts these statuses and all between them, 100 to 599. */
    public Http status(int least, int most) {
      return new Http(port, path, least, most, timeout);
    }

    @Override
    public Http timeout(Duration timeout) {
      return new Http(port, path, leastStatus, mostStatus, timeout);
    }

    @Override
    public String toString() {
      String statuses =
          leastStatus == mostStatus
              ? "=" + leastStatus
              : leastStatus == 200 && mostStatus == 399 ? "" : "=" + leastStatus + "-" + mostStatus;
      return "http:" + port + path + statuses;
    }
  }

  /**
   * A text in the output of the main command.
   *
   * @param text the text
   * @param times how often it must be written, 1 to 1000
   * @param timeout how long to wait
   */
  record Output(String text, int times, Duration timeout) implements Wait {
    /** Checks the values. */
    public Output {
      Arguments.notBlank("text of a wait", text);
      Arguments.inRange("times of a wait", times, 1, 1000);
      WaitText.checkTimeout(timeout);
    }

    /** Waits until the text was written so often, for programs that restart while they start. */
    public Output times(int times) {
      return new Output(text, times, timeout);
    }

    @Override
    public Output timeout(Duration timeout) {
      return new Output(text, times, timeout);
    }

    @Override
    public String toString() {
      return "output:" + text + (times == 1 ? "" : " (" + times + " times)");
    }
  }

  /**
   * A command that exits with 0.
   *
   * @param command the command
   * @param timeout how long to wait
   */
  record Exec(Command command, Duration timeout) implements Wait {
    /** Checks the values. */
    public Exec {
      if (command.hasStdin() || command.tty().isPresent()) {
        throw new IllegalArgumentException(
            "waitFor has `"
                + command
                + "`, which has a "
                + (command.hasStdin() ? "standard input; use stdinFile()" : "terminal")
                + "; it is run again and again");
      }
      WaitText.checkTimeout(timeout);
    }

    @Override
    public Exec timeout(Duration timeout) {
      return new Exec(command, timeout);
    }

    @Override
    public String toString() {
      return "exec:" + command;
    }
  }
}
