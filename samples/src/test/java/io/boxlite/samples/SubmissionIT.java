package io.boxlite.samples;

import static io.boxlite.junit.BoxAssertions.assertThat;

import io.boxlite.Command;
import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Judges Python programs: a box for each test, in a field, with an image built for it. */
class SubmissionIT {
  private static final Command PYTHON =
      Command.of("python3", "-")
          .user(DebianImages.STUDENT)
          .workingDir("/home/student")
          .memoryMib(64);

  @Box(image = DebianImages.PYTHON, memoryMib = 256)
  LiteBox box;

  @BeforeAll
  static void provideTheImage() {
    DebianImages.provide(DebianImages.PYTHON);
  }

  @Test
  void acceptsACorrectAnswer() {
    assertThat(box.exec(PYTHON.stdin("print(6 * 7)"))).succeeded().hasStdout("42\n").hasStderr("");
  }

  @Test
  void showsWhyASubmissionFailed() {
    assertThat(box.exec(PYTHON.stdin("print(6 / 0)")))
        .exitedWith(1)
        .stderr()
        .contains("ZeroDivisionError");
  }

  @Test
  void killsAnEndlessLoop() {
    Command loop = PYTHON.stdin("while True: pass").timeout(Duration.ofSeconds(2));

    assertThat(box.exec(loop)).timedOut();
  }

  @Test
  void killsAMemoryHogAndKeepsUsingTheBox() {
    String hog =
        """
        hoard = []
        while True: hoard.append(b'x' * (1 << 20))
        """;

    assertThat(box.exec(PYTHON.stdin(hog))).ranOutOfMemory().usedAtMost(64L << 20);
    assertThat(box.exec(PYTHON.stdin("print('fine')"))).succeeded().hasStdout("fine\n");
  }
}
