package io.boxlite.junit.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

class UserWarningTest {
  @Test
  void reachesAUserWhoseProjectLogsNothing() {
    assertThat(printed(NOPLogger.NOP_LOGGER))
        .isEqualTo("BoxLite: it leaks" + System.lineSeparator());
  }

  @Test
  void isLoggedWhereALogIsKept() {
    assertThat(printed(LoggerFactory.getLogger(UserWarningTest.class)))
        .doesNotContain("BoxLite: ")
        .contains("WARN")
        .contains("it leaks");
  }

  private static String printed(Logger log) {
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      UserWarning.warn(log, "it leaks");
    } finally {
      System.setErr(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
