package io.boxlite.internal.box;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/** The signal that asks a main command to end, as images name it. */
final class StopSignal {
  /** What ends a program of an image that names no signal. */
  static final int TERM = 15;

  // signal(7), for x86-64, and as the C libraries reserve real-time signals
  private static final int FIRST_REAL_TIME = 34;
  private static final int LAST = 64;

  /** The names from 1 on. */
  private static final List<String> NAMES =
      List.of(
          "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
          "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
          "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  private StopSignal() {}

  /**
   * Returns the number of a signal such as {@code SIGQUIT}, {@code quit}, {@code 3} or {@code
   * SIGRTMIN+3}; empty if there is none of that name.
   */
  static OptionalInt parse(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    if (name.matches("[0-9]{1,3}")) {
      return inRange(Integer.parseInt(name));
    }
    if (name.startsWith("SIG")) {
      name = name.substring(3);
    }
    if (name.matches("RTMIN(\\+[0-9]{1,2})?")) {
      return realTime(FIRST_REAL_TIME + offset(name));
    }
    if (name.matches("RTMAX(-[0-9]{1,2})?")) {
      return realTime(LAST - offset(name));
    }
    return inRange(NAMES.indexOf(name) + 1);
  }

  private static int offset(String name) {
    String digits = name.replaceFirst("^RTM(IN|AX)[+-]?", "");
    return digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }

  private static OptionalInt realTime(int signal) {
    return signal < FIRST_REAL_TIME ? OptionalInt.empty() : inRange(signal);
  }

  private static OptionalInt inRange(int signal) {
    return signal < 1 || signal > LAST ? OptionalInt.empty() : OptionalInt.of(signal);
  }
}
