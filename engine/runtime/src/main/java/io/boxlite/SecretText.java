package io.boxlite;

import io.boxlite.internal.check.Arguments;

/** The text form of {@link Secret}. */
final class SecretText {
  static final String ENVIRONMENT = "env:";
  static final String PROPERTY = "property:";

  private static final String ARROW = "->";

  private SecretText() {}

  static Secret parse(String text) {
    int arrow = text.indexOf(ARROW);
    if (arrow < 0) {
      throw new IllegalArgumentException(
          "secrets entry "
              + quotedName(text)
              + " must be of the form \"NAME -> HOST\" or \"NAME=env:VARIABLE -> HOST\", such as"
              + " \"API_KEY -> api.example.com\"");
    }
    String left = text.substring(0, arrow).strip();
    int equals = left.indexOf('=');
    String name = equals < 0 ? left : left.substring(0, equals).strip();
    Secret secret =
        equals < 0
            ? Secret.ofEnvironment(name)
            : ofSource(name, left.substring(equals + 1).strip());
    return secret.forHosts(text.substring(arrow + ARROW.length()).split(",", -1));
  }

  private static Secret ofSource(String name, String source) {
    if (source.startsWith(ENVIRONMENT)) {
      return Secret.ofEnvironment(name, source.substring(ENVIRONMENT.length()));
    }
    if (source.startsWith(PROPERTY)) {
      return Secret.ofProperty(name, source.substring(PROPERTY.length()));
    }
    // It may be the value itself, so it is not shown.
    throw new IllegalArgumentException(
        "secrets entry "
            + quotedName(name)
            + " has a source that is neither \"env:VARIABLE\" nor \"property:NAME\"; a value cannot"
            + " be written here, so put it into an environment variable");
  }

  /** What follows the name may be a value. */
  private static String quotedName(String text) {
    int equals = text.indexOf('=');
    return "\"" + Arguments.shown(equals < 0 ? text : text.substring(0, equals + 1) + "...") + "\"";
  }

  static String format(Secret secret, SecretSource source) {
    return secret.name() + "=" + source + " " + ARROW + " " + String.join(", ", secret.hosts());
  }
}
