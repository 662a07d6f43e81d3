package io.boxlite.internal.check;

import java.time.Duration;

/** Checks arguments. Messages name the argument, its value and what is allowed. */
public final class Arguments {
  /** The length of the longest value that messages show in full. */
  private static final int MOST_SHOWN = 200;

  /** The kernel's limit on a path with its terminating NUL, {@code PATH_MAX} of linux/limits.h. */
  private static final int MOST_PATH = 4096;

  private Arguments() {}

  /** Returns a value as messages show it: all of it, or its beginning and its length. */
  public static String shown(String value) {
    if (value.length() <= MOST_SHOWN) {
      return value;
    }
    int end = Character.isHighSurrogate(value.charAt(MOST_SHOWN - 1)) ? MOST_SHOWN - 1 : MOST_SHOWN;
    return value.substring(0, end) + "... (" + value.length() + " characters)";
  }

  /** Returns the value, which must be from {@code least} to {@code most}. */
  public static int inRange(String name, int value, int least, int most) {
    return (int) inRange(name, (long) value, least, most);
  }

  /** Returns the value, which must be from {@code least} to {@code most}. */
  public static long inRange(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be from " + least + " to " + most);
    }
    return value;
  }

  /**
   * Returns the value, which must have a visible character, no NUL, and less than 4096 characters.
   */
  public static String notBlank(String name, String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException(name + " is blank; it must have a visible character");
    }
    if (value.length() >= MOST_PATH) {
      throw new IllegalArgumentException(
          name
              + " is \""
              + shown(value)
              + "\"; it must have fewer than "
              + MOST_PATH
              + " characters");
    }
    return noNul(name, value);
  }

  /** Returns the value, which must have no NUL character. */
  public static String noNul(String name, String value) {
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          name + " has a NUL character at index " + value.indexOf('\0') + "; remove it");
    }
    return value;
  }

  /** Returns the value, which must be more than zero and at most {@code most}. */
  public static Duration positive(String name, Duration value, Duration most) {
    if (value.isNegative() || value.isZero() || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be more than zero and at most " + most);
    }
    return value;
  }

  /** Returns the value, which must be at least zero and at most {@code most}. */
  public static Duration notNegative(String name, Duration value, Duration most) {
    if (value.isNegative() || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be zero or more and at most " + most);
    }
    return value;
  }

  /** Returns the name of an environment variable, which must be valid. */
  public static String environmentName(String name) {
    if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "environment variable name is \""
              + shown(name)
              + "\"; it must not be empty or contain '=' or NUL");
    }
    return name;
  }

  /** Returns a path in a box, which must be absolute and within the kernel's limit. */
  public static String absolutePath(String name, String value) {
    if (!value.startsWith("/")) {
      throw new IllegalArgumentException(
          name + " is \"" + shown(value) + "\"; it must be an absolute path in the box");
    }
    if (value.length() >= MOST_PATH) {
      throw new IllegalArgumentException(
          name
              + " is \""
              + shown(value)
              + "\"; a path must have fewer than "
              + MOST_PATH
              + " characters");
    }
    return noNul(name, value);
  }
}
