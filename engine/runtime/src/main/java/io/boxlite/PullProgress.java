package io.boxlite;

import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Shows the progress of pulls: as a {@link #bar} on a terminal, as {@link #lines} elsewhere.
 *
 * <pre>{@code
 * PullListener shown =
 *     PullProgress.isTerminal() ? PullProgress.bar(System.out) : PullProgress.lines(log::info);
 * boxlite.images().pull("python:slim", PullPolicy.IF_MISSING, shown);
 * }</pre>
 */
public final class PullProgress implements PullListener {
  private static final int BAR_WIDTH = 30;
  private static final long BETWEEN_BARS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long BETWEEN_LINES = TimeUnit.SECONDS.toNanos(5);

  /** ECMA-48, EL: erases from the cursor to the end of the line. */
  private static final String ERASE_LINE = "\r\u001b[K";

  private final Consumer<String> passing;
  private final Consumer<String> lasting;
  private final long interval;
  private final LongSupplier nanoTime;
  private final Map<String, Pull> pulls = new HashMap<>();

  private PullProgress(
      Consumer<String> passing, Consumer<String> lasting, long interval, LongSupplier nanoTime) {
    this.passing = passing;
    this.lasting = lasting;
    this.interval = interval;
    this.nanoTime = nanoTime;
  }

  /** Returns a listener that draws a progress bar. */
  public static PullProgress bar(PrintStream terminal) {
    return bar(terminal, System::nanoTime);
  }

  static PullProgress bar(PrintStream terminal, LongSupplier nanoTime) {
    return new PullProgress(
        text -> show(terminal, ERASE_LINE + text),
        text -> show(terminal, ERASE_LINE + text + System.lineSeparator()),
        BETWEEN_BARS,
        nanoTime);
  }

  private static void show(PrintStream terminal, String text) {
    terminal.print(text);
    terminal.flush();
  }

  /**
   * Returns a listener that reports progress as lines, at most one every five seconds, and the end
   * of each pull.
   */
  public static PullProgress lines(Consumer<String> line) {
    return lines(line, System::nanoTime);
  }

  static PullProgress lines(Consumer<String> line, LongSupplier nanoTime) {
    return new PullProgress(line, line, BETWEEN_LINES, nanoTime);
  }

  /** Returns whether this JVM's standard output is a terminal that can draw bars. */
  public static boolean isTerminal() {
    String kind = System.getenv("TERM");
    if (kind == null || kind.isEmpty() || kind.equals("dumb")) {
      return false;
    }
    try {
      // Unlike System.console(), this does not require standard input to be a terminal, too.
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public synchronized void onEvent(PullEvent event) {
    String image = event.image();
    if (event instanceof PullEvent.Resolved resolved) {
      pulls.put(image, new Pull(resolved.missingBytes(), nanoTime.getAsLong()));
      if (resolved.missingLayers() > 0) {
        passing.accept(
            "pulling "
                + image
                + ": "
                + (resolved.missingLayers() == resolved.layers() ? "" : "another ")
                + count(resolved.missingLayers(), "layer")
                + ", "
                + SizeText.format(resolved.missingBytes()));
      }
    } else if (event instanceof PullEvent.Progress progress) {
      Pull pull = pulls.get(image);
      if (pull != null) {
        pull.layers.put(progress.layer(), progress.bytes());
        report(image, pull);
      }
    } else if (event instanceof PullEvent.Retrying retrying) {
      lasting.accept(
          "pulling "
              + image
              + ": "
              + retrying.reason()
              + "; trying again in "
              + DurationText.format(retrying.delay()));
    } else if (event instanceof PullEvent.Completed completed) {
      pulls.remove(image);
      lasting.accept(
          completed.fetchedBytes() == 0
              ? image + " is up to date"
              : "pulled "
                  + image
                  + ": "
                  + SizeText.format(completed.fetchedBytes())
                  + " in "
                  + DurationText.format(completed.time()));
    }
  }

  private void report(String image, Pull pull) {
    long now = nanoTime.getAsLong();
    if (now - pull.reportedAt < interval) {
      return;
    }
    pull.reportedAt = now;
    long bytes = pull.layers.values().stream().mapToLong(Long::longValue).sum();
    double part = pull.total == 0 ? 1 : Math.min(1, (double) bytes / pull.total);
    String bar = "";
    if (interval == BETWEEN_BARS) {
      int full = (int) (BAR_WIDTH * part);
      bar = "[" + "#".repeat(full) + " ".repeat(BAR_WIDTH - full) + "] ";
    }
    passing.accept(
        String.format(
            Locale.ROOT,
            "pulling %s: %s%d %%, %s of %s",
            image,
            bar,
            (int) (100 * part),
            SizeText.format(bytes),
            SizeText.format(pull.total)));
  }

  private static String count(int count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }

  /** The state of one pull. */
  private static final class Pull {
    final long total;
    final Map<String, Long> layers = new HashMap<>();
    long reportedAt;

    Pull(long total, long reportedAt) {
      this.total = total;
      this.reportedAt = reportedAt;
    }
  }
}
