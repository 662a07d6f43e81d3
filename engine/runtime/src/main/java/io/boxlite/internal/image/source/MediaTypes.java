package io.boxlite.internal.image.source;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Classifies media types. A missing type, or one that only means JSON or bytes, may be anything.
 */
final class MediaTypes {
  private static final Set<String> CONFIGS =
      Set.of(
          Descriptor.CONFIG,
          "application/vnd.docker.container.image.v1+json",
          "application/json",
          "application/octet-stream");

  private static final Set<String> PACKED =
      Set.of("application/octet-stream", "application/gzip", "application/x-gzip");

  private MediaTypes() {}

  static boolean isIndex(@Nullable String type) {
    String plain = plain(type);
    return plain.equals(Descriptor.INDEX) || plain.equals(Descriptor.DOCKER_INDEX);
  }

  /** Returns whether a type can be that of an image's configuration. */
  static boolean isConfig(@Nullable String type) {
    String plain = plain(type);
    return plain.isEmpty() || CONFIGS.contains(plain);
  }

  /** Returns whether a type can be that of a layer. Tools agree only on its being an archive. */
  static boolean isLayer(@Nullable String type) {
    String plain = plain(type);
    return plain.isEmpty() || plain.matches(".*\\btar\\b.*") || PACKED.contains(plain);
  }

  /** Returns a type without parameters, in lower case; empty if it is not a media type. */
  private static String plain(@Nullable String type) {
    String plain = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return plain.indexOf('/') < 0 ? "" : plain;
  }
}
