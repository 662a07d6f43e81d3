package io.boxlite;

import io.boxlite.internal.check.Arguments;
import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import java.time.Duration;
import java.util.Optional;

/** A property of {@link SecurityOptions}: its name, its range, and how it is read from text. */
enum SecurityProperty {
  JAILER_ENABLED("jailerEnabled", Type.SWITCH),
  SECCOMP_ENABLED("seccompEnabled", Type.SWITCH),
  MAX_OPEN_FILES("maxOpenFiles", Type.COUNT, 3, 1 << 20),
  MAX_FILE_SIZE("maxFileSize", Type.BYTES, 1, 1L << 40),
  MAX_PROCESSES("maxProcesses", Type.COUNT, 1, 1 << 20),
  MAX_MEMORY("maxMemory", Type.BYTES, 1 << 20, 1L << 47), // x86-64: user addresses have 47 bits
  MAX_CPU_TIME("maxCpuTime", Type.TIME),
  NETWORK_ENABLED("networkEnabled", Type.SWITCH),
  CLOSE_FDS("closeFds", Type.SWITCH);

  private enum Type {
    SWITCH,
    COUNT,
    BYTES,
    TIME
  }

  private final String label;
  private final Type type;
  private final long least;
  private final long most;

  SecurityProperty(String label, Type type) {
    this(label, type, 0, 0);
  }

  SecurityProperty(String label, Type type, long least, long most) {
    this.label = label;
    this.type = type;
    this.least = least;
    this.most = most;
  }

  /** Returns the name of the getter and of the setter. */
  String label() {
    return label;
  }

  /** Returns whether this is a limit of commands, which may be absent. */
  boolean isLimit() {
    return type != Type.SWITCH;
  }

  /** Returns the value, or throws an exception that names the property. */
  Object check(Object value) {
    if (this == CLOSE_FDS && value.equals(false)) {
      throw new IllegalArgumentException(
          label
              + " is false; the hypervisor's process never inherits file descriptors, which cannot"
              + " be turned off, so leave it out");
    }
    return switch (type) {
      case SWITCH -> value;
      case COUNT -> Arguments.inRange(label, (int) value, (int) least, (int) most);
      case BYTES -> Arguments.inRange(label, (long) value, least, most);
      case TIME -> Arguments.positive(label, (Duration) value, Command.MAX_TIMEOUT);
    };
  }

  /** Reads a value, which is not checked yet. */
  Object read(String text) {
    try {
      return switch (type) {
        case SWITCH -> expected(OptionText.bool(text), "it must be true or false");
        case COUNT -> expected(OptionText.wholeNumber(text), "it must be a whole number");
        case BYTES -> SizeText.parse(text);
        case TIME -> DurationText.parse(text);
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          label + " is \"" + Arguments.shown(text) + "\"; " + e.getMessage(), e);
    }
  }

  private static <T> T expected(Optional<T> value, String expected) {
    return value.orElseThrow(() -> new IllegalArgumentException(expected));
  }

  /** Returns the text that {@link #read} reads as exactly this value. */
  String format(Object value) {
    String text =
        switch (type) {
          case SWITCH, COUNT -> value.toString();
          case BYTES -> SizeText.format((long) value).replace(" ", "");
          case TIME -> DurationText.format((Duration) value).replace(" ", "");
        };
    if (read(text).equals(value)) {
      return text;
    }
    return type == Type.BYTES ? value + "B" : value.toString(); // the other forms are rounded
  }
}
