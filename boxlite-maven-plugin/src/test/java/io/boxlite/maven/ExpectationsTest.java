package io.boxlite.maven;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpectationsTest {
  @TempDir Path directory;

  @Test
  void takesWhatIsAsExpected() throws Exception {
    Expectations all =
        new Expectations(
            Optional.of(0),
            Optional.of(Outcome.EXITED),
            List.of(output(List.of("a", "b"), "a.b", "a\nb", null)),
            Optional.of(Duration.ofSeconds(1)),
            Optional.of(1L << 20));
    assertThat(all.problems(result(Outcome.EXITED, 0, "a\nb\n"))).isEmpty();
  }

  @Test
  void tellsAllThatIsNotAsExpected() throws Exception {
    Expectations all =
        new Expectations(
            Optional.of(0),
            Optional.of(Outcome.EXITED),
            List.of(output(List.of("c"), "b.a", "b", null)),
            Optional.of(Duration.ofMillis(999)),
            Optional.of((1L << 20) - 1));
    assertThat(all.problems(result(Outcome.OUT_OF_MEMORY, 137, "a\nb\n")))
        .containsExactly(
            "outcome is OUT_OF_MEMORY, expected EXITED",
            "exit code is 137 (OUT_OF_MEMORY), expected 0",
            "stdout does not contain \"c\"; it is \"a\\nb\\n\"",
            "stdout does not match \"b.a\"; it is \"a\\nb\\n\"",
            "stdout is not \"b\"; it is \"a\\nb\\n\"",
            "took 1 s, expected at most 999 ms",
            "used 1 MiB of memory, expected at most 1.0 MiB");
  }

  @Test
  void namesTheLimitThatEndedTheCommand() throws Exception {
    Command command =
        Command.of("x")
            .timeout(Duration.ofMillis(1500))
            .cpuTime(Duration.ofSeconds(2))
            .maxOutputBytes(64 << 10);
    assertThat(problem(Outcome.TIMED_OUT, command))
        .isEqualTo("exit code is 137 (TIMED_OUT: <timeout> is 1.50 s), expected 0");
    assertThat(problem(Outcome.CPU_TIME_EXCEEDED, command))
        .isEqualTo("exit code is 137 (CPU_TIME_EXCEEDED: <cpuTime> is 2 s), expected 0");
    assertThat(problem(Outcome.OUT_OF_MEMORY, command.memoryMib(8)))
        .isEqualTo("exit code is 137 (OUT_OF_MEMORY: <memoryMib> is 8), expected 0");
    assertThat(problem(Outcome.OUT_OF_MEMORY, command))
        .as("of the box, without a limit of its own")
        .isEqualTo("exit code is 137 (OUT_OF_MEMORY), expected 0");
    assertThat(problem(Outcome.OUTPUT_LIMIT_EXCEEDED, command))
        .isEqualTo("exit code is 137 (OUTPUT_LIMIT_EXCEEDED: <maxOutput> is 64 KiB), expected 0");
    assertThat(problem(Outcome.SIGNALED, command))
        .isEqualTo("exit code is 137 (SIGNALED), expected 0");
  }

  private static String problem(Outcome outcome, Command command) throws Exception {
    Expectations zero =
        new Expectations(
            Optional.of(0), Optional.empty(), List.of(), Optional.empty(), Optional.empty());
    return zero.problems(result(outcome, 137, "", Optional.of(command))).get(0);
  }

  @Test
  void showsTheFirstLineThatDiffersFromAFile() throws Exception {
    assertThat(differenceFrom("a\nb\n", "a\nc\n")).endsWith("; line 2 is \"c\", expected \"b\"");
    assertThat(differenceFrom("a\nb\n", "a\n")).endsWith("; line 2 is the end, expected \"b\"");
    assertThat(differenceFrom("a\n", "a\nb\n")).endsWith("; line 2 is \"b\", expected the end");
    assertThat(differenceFrom("a\n", "a"))
        .endsWith("; only line breaks, or bytes that are not UTF-8 text, differ");
  }

  @Test
  void takesAFileByteForByte() throws Exception {
    Path file = Files.write(directory.resolve("expected"), new byte[] {0, -1, 10});
    assertThat(output(List.of(), null, null, file).problems(new byte[] {0, -1, 10})).isEmpty();
    assertThat(output(List.of(), null, null, file).problems(new byte[] {0, -2, 10})).hasSize(1);
  }

  @Test
  void doesNotTakeAMissingFileForAnEmptyOne() {
    OutputExpectation missing = output(List.of(), null, null, directory.resolve("none"));
    assertThatThrownBy(() -> missing.problems(new byte[0])).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void quotesTheEndOfALongText() {
    assertThat(TextOutput.quoted("x".repeat(300) + "\u0007\"\t\r\n"))
        .startsWith("\"…xxx")
        .endsWith("x\\x07\\\"\\t\\r\\n\"")
        .hasSizeLessThan(230);
  }

  @Test
  void keepsTheEndOfLongOutput() {
    byte[] output = ("a".repeat(100) + "b".repeat(64 << 10)).getBytes(UTF_8);
    assertThat(TextOutput.kept(output, false)).startsWith("[100 bytes omitted]\nbbb").endsWith("b");
    assertThat(TextOutput.kept(new byte[0], true))
        .isEqualTo("\n[output beyond the limit maxOutput was discarded]");
  }

  private String differenceFrom(String expected, String actual) throws Exception {
    Path file = Files.writeString(directory.resolve("expected"), expected);
    return output(List.of(), null, null, file).problems(actual.getBytes(UTF_8)).get(0);
  }

  private static OutputExpectation output(
      List<String> contains,
      @Nullable String matches,
      @Nullable String equals,
      @Nullable Path equalsFile) {
    return new OutputExpectation(
        "stdout",
        contains,
        matches == null ? List.of() : List.of(Pattern.compile(matches, Pattern.DOTALL)),
        Optional.ofNullable(equals),
        Optional.ofNullable(equalsFile));
  }

  private static ExecResult result(Outcome outcome, int exitCode, String stdout) {
    return result(outcome, exitCode, stdout, Optional.empty());
  }

  private static ExecResult result(
      Outcome outcome, int exitCode, String stdout, Optional<Command> command) {
    ExecResult.Builder result =
        ExecResult.builder()
            .outcome(outcome)
            .exitCode(exitCode)
            .stdout(stdout)
            .wallTime(Duration.ofSeconds(1))
            .cpuTime(Duration.ofMillis(100))
            .peakMemoryBytes(1 << 20);
    command.ifPresent(result::command);
    return result.build();
  }
}
