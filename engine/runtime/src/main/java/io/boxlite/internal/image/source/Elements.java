package io.boxlite.internal.image.source;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Copies lists of documents without their nulls, which Go's decoder accepts. */
final class Elements {
  private Elements() {}

  /** Copies a list of texts, replacing nulls by empty texts. */
  static @Nullable List<String> texts(@Nullable List<@Nullable String> list) {
    return list == null
        ? null
        : list.stream().map(text -> Objects.requireNonNullElse(text, "")).toList();
  }

  /** Copies a list of objects, omitting nulls. */
  static <T> @Nullable List<T> objects(@Nullable List<@Nullable T> list) {
    return list == null ? null : list.stream().filter(Objects::nonNull).toList();
  }
}
