package io.boxlite.internal.image;

import io.boxlite.internal.image.source.ImageName;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** A parsed reference to an image. */
sealed interface ImageReference {
  /** An image in the store or a registry. */
  record Named(ImageName name) implements ImageReference {}

  /** {@code oci:DIR[:TAG]}: an image in an OCI image layout. */
  record Oci(Path directory, Optional<String> tag) implements ImageReference {}

  /** {@code oci-archive:FILE[:TAG]}: an image in an archive of an OCI image layout. */
  record OciArchive(Path file, Optional<String> tag) implements ImageReference {}

  /** {@code docker-archive:FILE.tar[:NAME]}: an image in a Docker archive. */
  record Docker(Path file, Optional<ImageName> name) implements ImageReference {}

  /** {@code rootfs:FILE.tar[.gz|.zst]}: an archive of a plain root file system. */
  record Rootfs(Path file) implements ImageReference {}

  /**
   * Parses a reference.
   *
   * @throws IllegalArgumentException when the text is malformed
   */
  static ImageReference parse(String text) {
    int colon = text.indexOf(':');
    String rest = text.substring(colon + 1);
    // The path ends at the first colon, as in skopeo.
    int second = rest.indexOf(':');
    String path = second < 0 ? rest : rest.substring(0, second);
    Optional<String> name = second < 0 ? Optional.empty() : Optional.of(rest.substring(second + 1));
    return switch (colon < 0 ? "" : text.substring(0, colon)) {
      case "oci" -> {
        refuseEmptyTag(text, name, "oci:DIR");
        yield new Oci(path(text, path, "oci:DIR or oci:DIR:TAG"), name);
      }
      case "oci-archive" -> {
        refuseEmptyTag(text, name, "oci-archive:FILE");
        yield new OciArchive(path(text, path, "oci-archive:FILE or oci-archive:FILE:TAG"), name);
      }
      case "docker-archive" ->
          new Docker(
              path(text, path, "docker-archive:FILE.tar or docker-archive:FILE.tar:NAME"),
              name.map(ImageName::parse));
      case "rootfs" -> new Rootfs(path(text, rest, "rootfs:FILE.tar, .tar.gz or .tar.zst"));
      default -> new Named(named(text));
    };
  }

  private static void refuseEmptyTag(String text, Optional<String> tag, String form) {
    if (tag.isPresent() && tag.get().isEmpty()) {
      throw new IllegalArgumentException(
          "image is \"" + text + "\"; write " + form + " without a colon, or " + form + ":TAG");
    }
  }

  private static ImageName named(String text) {
    try {
      return ImageName.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage()
              + "; or one of the sources oci:DIR[:TAG], oci-archive:FILE[:TAG],"
              + " docker-archive:FILE[:NAME] and rootfs:FILE.tar[.gz|.zst]",
          e);
    }
  }

  private static Path path(String text, String path, String form) {
    try {
      if (!path.isEmpty()) {
        return Path.of(path);
      }
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "image is \"" + text + "\"; its path is invalid: " + e.getMessage(), e);
    }
    throw new IllegalArgumentException(
        "image is \"" + text + "\", which has no path; the form is " + form);
  }
}
