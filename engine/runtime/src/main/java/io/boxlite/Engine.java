package io.boxlite;

import io.boxlite.internal.box.LocalBoxlite;
import java.util.List;

/** Connects the entry points to their implementation. No other class of this package uses it. */
final class Engine {
  private Engine() {}

  static Boxlite open(BoxliteOptions options) {
    return LocalBoxlite.open(options);
  }

  static List<String> settings() {
    return LocalBoxlite.settings();
  }

  static BoxliteOptions resolve(BoxliteOptions options) {
    return LocalBoxlite.resolve(options);
  }

  static HostInfo inspect(BoxliteOptions options) {
    return LocalBoxlite.inspect(options);
  }
}
