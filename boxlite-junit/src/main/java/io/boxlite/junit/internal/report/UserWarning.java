package io.boxlite.junit.internal.report;

import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

/** Warnings that a user must get: to standard error where nothing takes what is logged. */
final class UserWarning {
  private UserWarning() {}

  static void warn(Logger log, String text) {
    if (log instanceof NOPLogger) { // what SLF4J gives where it finds no provider
      System.err.println("BoxLite: " + text);
    } else {
      log.warn(text);
    }
  }
}
