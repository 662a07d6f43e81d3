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
 * Adds to a failed test what its boxes know of it: to its failure, where everybody looks, the end
 * of the story, and to the files of its report, in full.
 *
 * <p>Nothing here fails a test.
 */
public final class FailureReport {
  /** The directory among the test's report files. */
  public static final String DIRECTORY = "boxlite";

  private static final Logger log = LoggerFactory.getLogger(FailureReport.class);

  private FailureReport() {}

  public static void publish(ExtensionContext context, Collection<BoxUse> uses, boolean keep) {
    Throwable failure = context.getExecutionException().orElse(null);
    if (failure == null || failure instanceof TestAbortedException || uses.isEmpty()) {
      return;
    }
    try {
      StringBuilder story = new StringBuilder();
      Map<String, byte[]> files = new LinkedHashMap<>();
      for (BoxUse use : uses) {
        BoxTranscript transcript = BoxTranscript.of(use);
        story.append(transcript.text());
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
                  uses.forEach(use -> story.append(keep(use.box().box(), published)));
                }
              });
      if (directory != null) {
        story.append("In full: ").append(directory).append('\n');
      } else if (keep) {
        story.append("Nothing is kept of the boxes: JUnit takes no report files here\n");
      }
      addTo(failure, story.toString());
    } catch (RuntimeException e) {
      UserWarning.warn(
          log, "cannot tell of the boxes of the failed " + context.getDisplayName() + ": " + e);
      log.debug("because of", e);
    }
  }

  private static void addTo(Throwable failure, String story) {
    // One failure can be that of many tests, when the box that they share does not start.
    boolean told =
        Arrays.stream(failure.getSuppressed()).anyMatch(other -> other instanceof BoxStory);
    if (!told) {
      failure.addSuppressed(new BoxStory(story));
    }
  }

  /** Where the files are, if JUnit takes any. */
  private static @Nullable Path publish(ExtensionContext context, ThrowingConsumer<Path> writer) {
    Path[] published = new Path[1];
    try {
      // Not publishFile, whose type of a file's kind has moved between JUnit 5.12 and 6.
      context.publishDirectory(
          DIRECTORY,
          directory -> {
            writer.accept(directory);
            published[0] = directory;
          });
    } catch (RuntimeException e) {
      log.debug("JUnit takes no report files of {}", context.getDisplayName(), e);
    }
    return published[0];
  }

  /** Keeps what was written in a box, and says how to see it. */
  private static String keep(LiteBox box, Path directory) {
    Path disk = directory.resolve(box.id() + ".ext4");
    try {
      box.saveDisk(disk);
    } catch (BoxliteException | IllegalStateException e) {
      return "What was written in " + box + " cannot be kept: " + e.getMessage() + "\n";
    }
    return "What was written in "
        + box
        + " is kept; see it with\n    debugfs -R 'ls -l /upper' '"
        + disk
        + "'\n  or, as root, with\n    mount -o loop,ro '"
        + disk
        + "' /mnt && ls -l /mnt/upper\n";
  }

  /** Stands among the suppressed exceptions of a failure, which every tool shows. */
  private static final class BoxStory extends Exception {
    private static final long serialVersionUID = 1L;

    BoxStory(String story) {
      super(story, null, false, false);
    }

    @Override
    @SuppressWarnings("OverrideThrowableToString") // the story has a title of its own
    public String toString() {
      return String.valueOf(getMessage());
    }
  }
}
