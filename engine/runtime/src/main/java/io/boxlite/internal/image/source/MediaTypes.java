package io.boxlite.internal.image.source;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What kind of thing a media type says something is. What says nothing, or only that it is JSON or
 * bytes, may be anything.
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

  /** Whether it can be an image's configuration. */
  static boolean isConfig(@Nullable String type) {
    String plain = plain(type);
    return plain.isEmpty() || CONFIGS.contains(plain);
  }

  /** Whether it can be an image's layer: tools disagree about all but that it is an archive. */
  static boolean isLayer(@Nullable String type) {
    String plain = plain(type);
    return plain.isEmpty() || plain.matches(".*\\btar\\b.*") || PACKED.contains(plain);
  }

  /** Without parameters, in lower case; empty for what is no media type at all. */
  private static String plain(@Nullable String type) {
    String plain = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return plain.indexOf('/') < 0 ? "" : plain;
  }
}
