package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** Where a command's input comes from and what becomes of its output, in one box. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class StreamsIT {
  private Boxlite boxlite;
  private LiteBox box;

  @BeforeAll
  void create() {
    boxlite = Boxlite.open();
    box = boxlite.create(BoxOptions.builder().build());
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  @Test
  void mergedOutputIsInTheOrderOfItsWrites() {
    String both = "i=0; while [ $i -lt 200 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done";
    ExecResult result = box.exec(Command.of("sh", "-c", both).mergeStderr());
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.stdout())
        .isEqualTo(
            IntStream.range(0, 200)
                .mapToObj(i -> "out " + i + "\nerr " + i + "\n")
                .collect(Collectors.joining()));
    assertThat(result.stderr()).isEmpty();
  }

  @Test
  void mergedOutputHoldsWhyAProgramCannotBeExecuted() {
    ExecResult result = box.exec(Command.of("no-such-program").mergeStderr());
    assertThat(result.exitCode()).isEqualTo(127);
    assertThat(result.stdout()).contains("no-such-program").contains("not found");
  }

  @Test
  void mergedOutputHasOneLimit() {
    Command both = Command.of("sh", "-c", "echo 12345; echo 67890 >&2").mergeStderr();
    ExecResult fits = box.exec(both.maxOutputBytes(12));
    assertThat(fits.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(fits.stdoutTruncated()).isFalse();
    ExecResult over = box.exec(both.maxOutputBytes(11));
    assertThat(over.outcome()).isEqualTo(Outcome.OUTPUT_LIMIT_EXCEEDED);
    assertThat(over.stdout()).isEqualTo("12345\n67890");
    assertThat(over.stdoutTruncated()).isTrue();
  }
}
