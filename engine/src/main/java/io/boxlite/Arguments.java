package io.boxlite;

import java.time.Duration;

/** Checks of arguments: a message names the argument, its value and what is allowed. */
final class Arguments {
  private Arguments() {}

  static int inRange(String name, int value, int least, int most) {
    return (int) inRange(name, (long) value, least, most);
  }

  static long inRange(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be from " + least + " to " + most);
    }
    return value;
  }

  static String notBlank(String name, String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException(name + " is blank; it must say something");
    }
    return noNul(name, value);
  }

  static String noNul(String name, String value) {
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          name + " has a NUL character at index " + value.indexOf('\0') + "; take it out");
    }
    return value;
  }

  static Duration positive(String name, Duration value, Duration most) {
    if (value.isNegative() || value.isZero() || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be more than zero and at most " + most);
    }
    return value;
  }

  static String environmentName(String name) {
    if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "environment variable name is \""
              + name
              + "\"; it must not be empty, nor contain '=' or NUL");
    }
    return name;
  }

  static String absolutePath(String name, String value) {
    if (!value.startsWith("/")) {
      throw new IllegalArgumentException(
          name + " is \"" + value + "\"; it must be an absolute path in the box");
    }
    return noNul(name, value);
  }
}
