package io.boxlite.samples.grading;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import io.boxlite.Outcome;
import io.boxlite.samples.DebianImages;
import java.time.Duration;
import java.util.UUID;

/**
 * Grades submissions in one box, one after the other.
 *
 * <p>The box is reused because starting one takes longer than most programs do. This is safe
 * because all processes of an execution end with it. Files would stay, so each program runs as a
 * user who can write in few places, and these are emptied before each program.
 */
final class Grader {
  private static final String DIRECTORY = "/home/student";
  private static final String PROGRAM = DIRECTORY + "/program.py";

  private static final String EMPTY =
      "find /home/student /tmp /var/tmp /dev/shm -mindepth 1 -maxdepth 1 -exec rm -rf {} + &&";

  /** Empties the places that a student can write to, then saves standard input as the program. */
  private static final Command STAGE = Command.of("sh", "-c", EMPTY + " cat >" + PROGRAM);

  /** Prints "works" if the student has no process left, the disk is writable, and Python runs. */
  private static final Command CHECK =
      Command.of(
          "sh",
          "-c",
          EMPTY
              + " test -z \"$(find /proc -maxdepth 1 -user student)\" && echo works >/root/check &&"
              + " python3 -c \"print(open('/root/check').read(), end='')\"");

  private final LiteBox box;

  Grader(LiteBox box) {
    this.box = box;
  }

  /** Runs and judges the submission's program, then checks the box. */
  Graded grade(Submission submission) {
    String proof = "finished " + UUID.randomUUID();
    String program = submission.program() + "\nprint('" + proof + "')\n";
    ExecResult staged = box.exec(STAGE.stdin(program));
    if (staged.outcome() != Outcome.EXITED || staged.exitCode() != 0) {
      return new Graded(submission, staged, Verdict.NONE, false);
    }
    ExecResult result = box.exec(submission.limits().apply(command()));
    boolean harmless = submission.group() != Submission.Group.HOSTILE;
    return new Graded(submission, result, Verdict.of(result, proof), harmless || boxWorks(result));
  }

  private static Command command() {
    return Command.of("python3", PROGRAM)
        .user(DebianImages.STUDENT)
        .workingDir(DIRECTORY)
        .timeout(Duration.ofSeconds(60)) // under emulation, Python takes some 15 times as long
        .memoryMib(128)
        .maxProcesses(32)
        .maxOutputBytes(1 << 20);
  }

  private boolean boxWorks(ExecResult result) {
    return result.outcome() != Outcome.BOX_LOST && box.exec(CHECK).stdout().equals("works\n");
  }
}
