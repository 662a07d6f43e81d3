package io.boxlite.junit.internal.report;

import io.boxlite.BoxliteException;
import io.boxlite.LiteBox;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.function.ThrowingConsumer;
import org.opentest4j.TestAbortedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports on the boxes that a failed test used: a summary among the suppressed exceptions of the
 * failure, and everything in the report files of the test.
 *
 * <p>A problem with the report never fails a test.
 */
public final class FailureReport {
  /** The directory of the report files. */
  public static final String DIRECTORY = "boxlite";

  private static final Logger log = LoggerFactory.getLogger(FailureReport.class);

  private FailureReport() {}

  public static void publish(ExtensionContext context, Collection<BoxUse> uses, boolean keep) {
    Throwable failure = context.getExecutionException().orElse(null);
    if (failure == null || failure instanceof TestAbortedException || uses.isEmpty()) {
      return;
    }
    try {
      StringBuilder summary = new StringBuilder();
      Map<String, byte[]> files = new LinkedHashMap<>();
      for (BoxUse use : uses) {
        BoxTranscript transcript = BoxTranscript.of(use);
        summary.append(transcript.text());
        files.putAll(transcript.files());
      }
      Path directory =
          publish(
              context,
              published -> {
                for (Map.Entry<String, byte[]> file : files.entrySet()) {
                  Files.write(published.resolve(file.getKey()), file.getValue());
                }
                if (keep) {
                  uses.forEach(use -> summary.append(keep(use.box().box(), published)));
                }
              });
      if (directory != null) {
        summary.append("Full report: ").append(directory).append('\n');
      } else if (keep) {
        summary.append(
            "The disks of the boxes were not kept, because JUnit accepts no report files here\n");
      }
      addTo(failure, summary.toString());
    } catch (RuntimeException e) {
      UserWarning.warn(
          log,
          "cannot report on the boxes of the failed test " + context.getDisplayName() + ": " + e);
      log.debug("cannot report on the boxes of a failed test", e);
    }
  }

  private static void addTo(Throwable failure, String summary) {
    // Tests share one failure when the box that they share does not start.
    boolean reported =
        Arrays.stream(failure.getSuppressed()).anyMatch(other -> other instanceof BoxSummary);
    if (!reported) {
      failure.addSuppressed(new BoxSummary(summary));
    }
  }

  /** Returns where the files are, or null if JUnit accepts none. */
  private static @Nullable Path publish(ExtensionContext context, ThrowingConsumer<Path> writer) {
    Path[] published = new Path[1];
    try {
      // Not publishFile: its media type is another class in JUnit 5.12 than in 6.
      context.publishDirectory(
          DIRECTORY,
          directory -> {
            writer.accept(directory);
            published[0] = directory;
          });
    } catch (RuntimeException e) {
      log.debug("JUnit accepts no report files of {}", context.getDisplayName(), e);
    }
    return published[0];
  }

  /** Saves the disk of a box, and returns how to look at it. */
  private static String keep(LiteBox box, Path directory) {
    Path disk = directory.resolve(box.id() + ".ext4");
    try {
      box.saveDisk(disk);
    } catch (BoxliteException | IllegalStateException e) {
      return "The disk of " + box + " cannot be kept: " + e.getMessage() + "\n";
    }
    return "The disk of "
        + box
        + " was kept. To see what was written to it, run\n    debugfs -R 'ls -l /upper' '"
        + disk
        + "'\n  or, as root, with\n    mount -o loop,ro '"
        + disk
        + "' /mnt && ls -l /mnt/upper\n";
  }

  /** A suppressed exception that carries the summary, because every tool shows these. */
  private static final class BoxSummary extends Exception {
    private static final long serialVersionUID = 1L;

    BoxSummary(String summary) {
      super(summary, null, false, false);
    }

    @Override
    @SuppressWarnings("OverrideThrowableToString") // the summary has its own title
    public String toString() {
      return String.valueOf(getMessage());
    }
  }
}
