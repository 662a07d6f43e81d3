package io.boxlite.samples.grading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HumanEvalTest {
  private static final String PROBLEM =
      """
      {"task_id": "T/0", "prompt": "def twice(x):\\n", "entry_point": "twice", "unknown": 1, \
      "canonical_solution": "    return x + x\\n", \
      "test": "def check(candidate):\\n    assert candidate(2) == 4\\n"}
      """;

  @TempDir Path directory;

  @Test
  void appendsTheCanonicalSolutionAndTheCheckToThePrompt() throws IOException {
    Submission canonical = HumanEval.submissions(file(PROBLEM)).get(0);

    assertThat(canonical.name()).isEqualTo("T/0");
    assertThat(canonical.group()).isEqualTo(Submission.Group.CANONICAL);
    assertThat(canonical.expectation().verdict()).isEqualTo(Verdict.ACCEPTED);
    assertThat(canonical.program())
        .isEqualTo(
            """
            def twice(x):
                return x + x

            def check(candidate):
                assert candidate(2) == 4

            check(twice)
            """);
  }

  @Test
  void addsAWrongSolutionOfEachProblem() throws IOException {
    List<Submission> submissions = HumanEval.submissions(file(PROBLEM + PROBLEM));

    assertThat(submissions)
        .extracting(Submission::group)
        .containsExactly(
            Submission.Group.CANONICAL,
            Submission.Group.CANONICAL,
            Submission.Group.WRONG,
            Submission.Group.WRONG);
    assertThat(submissions.get(2).program()).contains("def twice(x):\n    return float('nan')\n");
    assertThat(submissions.get(2).expectation().verdict()).isEqualTo(Verdict.REJECTED);
  }

  @Test
  void rejectsAProblemWithoutATest() throws IOException {
    Path file = file("{\"task_id\": \"T/0\", \"prompt\": \"\", \"entry_point\": \"f\"}");

    assertThatThrownBy(() -> HumanEval.submissions(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("canonical_solution");
  }

  @Test
  void rejectsAFileThatIsNotCompressed() throws IOException {
    Path file = Files.writeString(directory.resolve("plain"), PROBLEM);

    assertThatThrownBy(() -> HumanEval.submissions(file)).isInstanceOf(IOException.class);
  }

  private Path file(String lines) throws IOException {
    Path file = directory.resolve("problems.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(lines.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }
}
