package io.boxlite.samples.grading;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Reads the problems of HumanEval: a gzip file with one JSON object on each line. */
final class HumanEval {
  /**
   * The body of every wrong solution. NaN equals nothing, not even itself, and no comparison with
   * it holds, so a problem's check rejects it by its own assertions and not because of an error.
   */
  private static final String WRONG_BODY = "    return float('nan')\n";

  private HumanEval() {}

  /**
   * Returns two submissions for each problem: its canonical solution and a wrong one.
   *
   * @throws IOException if the file cannot be read or has another format
   */
  static List<Submission> submissions(Path file) throws IOException {
    List<Problem> problems = read(file);
    return Stream.concat(
            problems.stream().map(Problem::canonical), problems.stream().map(Problem::wrong))
        .toList();
  }

  private static List<Problem> read(Path file) throws IOException {
    try (InputStream lines = new GZIPInputStream(Files.newInputStream(file));
        MappingIterator<Problem> problems =
            new ObjectMapper().readerFor(Problem.class).readValues(lines)) {
      return problems.readAll();
    }
  }

  /** A problem: the prompt ends with the head of a function, and a solution is its body. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Problem(
      @JsonProperty(value = "task_id", required = true) String id,
      @JsonProperty(value = "prompt", required = true) String prompt,
      @JsonProperty(value = "entry_point", required = true) String entryPoint,
      @JsonProperty(value = "canonical_solution", required = true) String solution,
      @JsonProperty(value = "test", required = true) String test) {

    Submission canonical() {
      return submission(Submission.Group.CANONICAL, solution, Expectation.accepted());
    }

    /** Must fail in the problem's check, which the last line of the program calls. */
    Submission wrong() {
      return submission(
          Submission.Group.WRONG, WRONG_BODY, Expectation.rejected(1).saying(", in check\n"));
    }

    private Submission submission(Submission.Group group, String body, Expectation expectation) {
      String program = prompt + body + "\n" + test + "\ncheck(" + entryPoint + ")\n";
      return new Submission(group, id, program, UnaryOperator.identity(), expectation);
    }
  }
}
