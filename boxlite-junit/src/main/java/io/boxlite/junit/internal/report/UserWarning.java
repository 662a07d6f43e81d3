package io.boxlite.junit.internal.report;

import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

/** Warnings that must reach the user: they go to standard error where logging is not set up. */
final class UserWarning {
  private UserWarning() {}

  static void warn(Logger log, String text) {
    if (log instanceof NOPLogger) { // SLF4J has found no provider
      System.err.println("BoxLite: " + text);
    } else {
      log.warn(text);
    }
  }
}
