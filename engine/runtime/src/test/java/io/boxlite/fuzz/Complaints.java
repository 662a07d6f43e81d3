package io.boxlite.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Collects exceptions that nobody has caught, and all warnings that are logged. */
final class Complaints implements AutoCloseable {
  private static final Logger ROOT = Logger.getLogger("");

  private final Queue<String> uncaught = new ConcurrentLinkedQueue<>();
  private final Queue<String> warnings = new ConcurrentLinkedQueue<>();
  private final Thread.UncaughtExceptionHandler handler =
      Thread.getDefaultUncaughtExceptionHandler();
  private final PrintStream err = System.err;
  private final Records records = new Records();

  Complaints() {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, e) -> uncaught.add(thread + ": " + trace(e)));
    System.setErr(new PrintStream(new Lines(), true, StandardCharsets.UTF_8));
    ROOT.addHandler(records);
  }

  /** Returns the warnings and errors, one line of each. */
  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** Fails if an exception was not caught, or was only caught by the code that logs it. */
  void requireNoException() {
    assertThat(uncaught).as("uncaught exceptions").isEmpty();
  }

  @Override
  public void close() {
    ROOT.removeHandler(records);
    System.setErr(err);
    Thread.setDefaultUncaughtExceptionHandler(handler);
  }

  private static String trace(Throwable e) {
    java.io.StringWriter text = new java.io.StringWriter();
    e.printStackTrace(new java.io.PrintWriter(text));
    return text.toString();
  }

  /** The log of gRPC. */
  private final class Records extends Handler {
    @Override
    public void publish(LogRecord entry) {
      if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
        warnings.add(entry.getLoggerName() + " " + entry.getMessage());
        if (entry.getThrown() != null) {
          uncaught.add(
              entry.getLoggerName() + " " + entry.getMessage() + " " + trace(entry.getThrown()));
        }
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /** The log of everything else, which goes to standard error. */
  private final class Lines extends OutputStream {
    private final StringBuilder line = new StringBuilder();

    @Override
    public synchronized void write(int octet) {
      err.write(octet);
      if (octet != '\n') {
        line.append((char) octet);
        return;
      }
      String whole = line.toString();
      line.setLength(0);
      if (whole.contains(" WARN ") || whole.contains(" ERROR ")) {
        warnings.add(whole);
      } else if (whole.startsWith("\tat ")) {
        uncaught.add(whole);
      }
    }
  }
}
