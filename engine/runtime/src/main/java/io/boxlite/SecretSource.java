package io.boxlite;

import java.util.Optional;

/**
 * Where the value of a secret comes from.
 *
 * @param text the value, or the name of what has it
 */
record SecretSource(Kind kind, String text) {
  enum Kind {
    VALUE,
    ENVIRONMENT,
    PROPERTY
  }

  /** Returns the value, if there is one. */
  Optional<String> find() {
    return switch (kind) {
      case VALUE -> Optional.of(text);
      case ENVIRONMENT -> Optional.ofNullable(System.getenv(text));
      case PROPERTY -> Optional.ofNullable(System.getProperty(text));
    };
  }

  /** Returns where the value is, for messages. */
  String where() {
    return switch (kind) {
      case VALUE -> "value itself";
      case ENVIRONMENT -> "environment variable " + text;
      case PROPERTY -> "system property " + text;
    };
  }

  /** Never shows a value. */
  @Override
  public String toString() {
    return switch (kind) {
      case VALUE -> "***";
      case ENVIRONMENT -> SecretText.ENVIRONMENT + text;
      case PROPERTY -> SecretText.PROPERTY + text;
    };
  }
}
