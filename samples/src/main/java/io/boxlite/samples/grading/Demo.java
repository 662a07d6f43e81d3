package io.boxlite.samples.grading;

import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import io.boxlite.HostInfo;
import io.boxlite.samples.DebianImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Grades HumanEval's solutions, wrong solutions of the same problems, and hostile programs, and
 * compares each verdict with the expected one.
 *
 * <p>The argument is the path of {@code HumanEval.jsonl.gz}. If that file does not exist, only the
 * hostile programs are graded. The exit code is 0 if every verdict is as expected, 1 if one is not,
 * and 2 if the programs cannot be graded.
 */
public final class Demo {
  private Demo() {}

  /** Runs the demo; the only argument is the path of HumanEval's file. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length != 1) {
      System.err.println("demo: expected one argument, the path of HumanEval.jsonl.gz");
      System.exit(2);
    }
    List<Submission> submissions = new ArrayList<>(HostileSubmissions.all());
    Path humanEval = Path.of(args[0]).normalize();
    if (Files.exists(humanEval)) {
      submissions.addAll(HumanEval.submissions(humanEval));
    } else {
      System.out.println(
          "demo: " + humanEval + " does not exist; grading only the hostile programs");
    }
    System.exit(grade(submissions));
  }

  private static int grade(List<Submission> submissions) throws InterruptedException {
    try (Boxlite boxlite = Boxlite.open()) {
      HostInfo host = boxlite.host();
      if (!host.canStartBoxes()) {
        System.err.println("demo: no box can start here: " + String.join("; ", host.problems()));
        return 2;
      }
      DebianImages.provide(boxlite, DebianImages.PYTHON);
      int boxes = GradingRun.boxesFor(host.cpus(), host.memoryBytes());
      System.out.printf(
          "demo: grading %d programs on %d boxes, %s (%s)%n",
          submissions.size(), boxes, host.accelerator(), host.acceleratorReason());
      long begin = System.nanoTime();
      VerdictTable table = new VerdictTable(new GradingRun(boxlite, submissions).run(boxes));
      System.out.printf("%s", table.text());
      System.out.printf("in %.0f s%n", (System.nanoTime() - begin) / 1e9);
      return table.allAsExpected() ? 0 : 1;
    } catch (ExecutionException e) {
      System.err.println("demo: " + e.getCause());
      return 2;
    } catch (BoxliteException | IllegalStateException e) {
      System.err.println("demo: " + e.getMessage());
      return 2;
    }
  }
}
