package io.boxlite.internal.image.source;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Copies of lists as documents have them, in which Go's decoder allows nulls. */
final class Elements {
  private Elements() {}

  /** A null among texts is an empty one. */
  static @Nullable List<String> texts(@Nullable List<@Nullable String> list) {
    return list == null
        ? null
        : list.stream().map(text -> Objects.requireNonNullElse(text, "")).toList();
  }

  /** A null among objects is passed over. */
  static <T> @Nullable List<T> objects(@Nullable List<@Nullable T> list) {
    return list == null ? null : list.stream().filter(Objects::nonNull).toList();
  }
}
