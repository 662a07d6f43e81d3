package io.boxlite.samples;

import static io.boxlite.junit.BoxAssertions.assertThat;

import io.boxlite.Command;
import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The first example to read: it uses the built-in image, which needs no download. */
class FirstBoxIT {
  @Test
  void saysHello(@Box LiteBox box) {
    assertThat(box.exec("echo", "hello from a micro-VM"))
        .succeeded()
        .hasStdout("hello from a micro-VM\n");
  }

  @Test
  void runsItsOwnKernel(@Box(memoryMib = 256) LiteBox box) {
    assertThat(box.exec("uname", "-s")).hasStdout("Linux\n");
    assertThat(box.exec("id", "-un")).hasStdout("root\n");
  }

  @Test
  void readsStandardInput(@Box LiteBox box) {
    assertThat(box.exec(Command.of("sort", "-n").stdin("10\n9\n")))
        .succeeded()
        .hasStdout("9\n10\n");
  }

  @Test
  void killsACommandThatTakesTooLong(@Box LiteBox box) {
    Command sleep = Command.of("sleep", "3600").timeout(Duration.ofMillis(200));

    assertThat(box.exec(sleep)).timedOut().finishedWithin(Duration.ofSeconds(5));
    assertThat(box.exec("echo", "still there")).succeeded();
  }

  @Test
  void reportsAMissingProgramAsAShellDoes(@Box LiteBox box) {
    assertThat(box.exec("no-such-program")).exitedWith(127).stderr().contains("no-such-program");
  }
}
