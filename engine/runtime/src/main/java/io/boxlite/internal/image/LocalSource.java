package io.boxlite.internal.image;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * References to images in files, for those whose relative paths start at a directory of their own.
 */
public final class LocalSource {
  /** The path of all but {@code rootfs:} ends at the next colon. */
  private static final Pattern FORM =
      Pattern.compile(
          "((?:oci|oci-archive|docker-archive):(?=[^:])|rootfs:)([^:]*)(.*)", Pattern.DOTALL);

  private LocalSource() {}

  /**
   * The same reference for this JVM, whose own relative paths start at its working directory.
   *
   * @param directory where the relative path of a local source starts
   * @param reference any reference to an image; one that is no local source, that has an absolute
   *     path or none is returned as it is
   */
  public static String startingAt(Path directory, String reference) {
    Matcher source = FORM.matcher(reference);
    if (!source.matches()) {
      return reference;
    }
    boolean whole = source.group(1).equals("rootfs:");
    String path = whole ? source.group(2) + source.group(3) : source.group(2);
    try {
      Path here = Path.of("").toAbsolutePath().normalize();
      Path start = directory.toAbsolutePath().normalize();
      if (path.isEmpty() || Path.of(path).isAbsolute() || start.equals(here)) {
        return reference;
      }
      // Not made absolute: a colon in the directory's own name would end the path.
      Path found = here.relativize(start.resolve(path).normalize());
      String text = found.toString().isEmpty() ? "." : found.toString();
      return source.group(1) + text + (whole ? "" : source.group(3));
    } catch (InvalidPathException e) {
      return reference; // which is told by who reads it
    }
  }
}
