package io.boxlite;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Resolves references to images in files against a base directory. */
public final class ImageSource {
  /** All paths except that of {@code rootfs:} end at the next colon. */
  private static final Pattern FORM =
      Pattern.compile(
          "((?:oci|oci-archive|docker-archive):(?=[^:])|rootfs:)([^:]*)(.*)", Pattern.DOTALL);

  private ImageSource() {}

  /**
   * Returns the reference with the relative path of a local source resolved against a directory.
   *
   * @param directory the base directory of relative paths
   * @param reference a reference to an image; returned unchanged unless it is a local source with a
   *     relative path
   */
  public static String resolve(Path directory, String reference) {
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
      // Not made absolute, because a colon in the directory's name would end the path.
      Path found = here.relativize(start.resolve(path).normalize());
      String text = found.toString().isEmpty() ? "." : found.toString();
      return source.group(1) + text + (whole ? "" : source.group(3));
    } catch (InvalidPathException e) {
      return reference; // an error of whoever parses it
    }
  }
}
