package io.boxlite.samples.grading;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import io.boxlite.samples.DebianImages;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A grader reuses its box: no program finds the files of an earlier one. */
class GraderIT {
  @Box(image = DebianImages.PYTHON, memoryMib = 320, diskMib = 32)
  LiteBox box;

  @BeforeAll
  static void provideTheImage() {
    DebianImages.provide(DebianImages.PYTHON);
  }

  @Test
  void theNextProgramFindsNoFilesAndAnEmptyDisk() {
    String fillsTheDisk =
        """
        import os
        os.makedirs('/tmp/.hidden/deep')
        try:
            with open('/tmp/.hidden/deep/bomb', 'wb') as file:
                while True: file.write(b'x' * (1 << 20))
        except OSError as error: print(error)
        """;
    String needsTheDisk =
        """
        import os
        print(os.listdir('/tmp'), os.listdir('.'))
        with open('large', 'wb') as file: file.write(b'x' * (16 << 20))
        """;
    Grader grader = new Grader(box);

    assertThat(grader.grade(submission(fillsTheDisk)).result().stdout()).contains("No space left");
    Graded next = grader.grade(submission(needsTheDisk));

    assertThat(next.result().stdout()).startsWith("[] ['program.py']\n");
    assertThat(next.verdict()).isEqualTo(Verdict.ACCEPTED);
  }

  private static Submission submission(String program) {
    return new Submission(
        Submission.Group.WRONG, "a program", program, command -> command, Expectation.accepted());
  }
}
