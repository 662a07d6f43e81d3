package io.boxlite.samples.grading;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import io.boxlite.Outcome;
import io.boxlite.samples.PythonImage;
import java.time.Duration;
import java.util.UUID;

/**
 * Grades one submission after the other in a box.
 *
 * <p>A box is reused because a start costs more than most programs do, and may be because an
 * execution's processes all end with it. Files would stay, so each program runs as a user who can
 * write in few places, and these are emptied before it.
 */
final class Grader {
  private static final String FOLDER = "/home/student";
  private static final String PROGRAM = FOLDER + "/program.py";

  private static final String EMPTY =
      "find /home/student /tmp /var/tmp /dev/shm -mindepth 1 -maxdepth 1 -exec rm -rf {} + &&";

  /** Empties what a student can write to; then the program comes from standard input. */
  private static final Command STAGE = Command.of("sh", "-c", EMPTY + " cat >" + PROGRAM);

  /** Says so when no process of the student's is left, the disk takes a file, and Python runs. */
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

  /** Runs the submission's program and judges it, and the box after it. */
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
        .user(PythonImage.STUDENT)
        .workingDir(FOLDER)
        .timeout(Duration.ofSeconds(60)) // in emulation, Python takes some 15 times as long
        .memoryMib(128)
        .maxProcesses(32)
        .maxOutputBytes(1 << 20);
  }

  private boolean boxWorks(ExecResult result) {
    return result.outcome() != Outcome.BOX_LOST && box.exec(CHECK).stdout().equals("works\n");
  }
}
