package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(300)
class PreparedBoxIT {
  @RegisterExtension static final TestBoxlite boxlite = new TestBoxlite();

  private static BoxOptions preparedBy(Command... commands) {
    return BoxOptions.builder().memoryMib(256).prepare(commands).build();
  }

  private static Command shell(String script) {
    return Command.of("sh", "-c", script);
  }

  @Test
  void whatWasPreparedIsThereInEveryBoxAndWasDoneOnce() {
    BoxOptions options =
        preparedBy(
            shell("cat > /made; head -c 8 /dev/urandom | od -An -tx1 >> /made").stdin("input\n"),
            shell("cp /made /copied"));
    try (LiteBox first = boxlite.create(options);
        LiteBox second = boxlite.create(options)) {
      assertThat(first.info().origin()).isEqualTo(BoxOrigin.COLD_BOOT);
      assertThat(second.info().origin()).isEqualTo(BoxOrigin.TEMPLATE);
      String made = first.exec("cat", "/copied").stdout();
      assertThat(made).startsWith("input\n").hasLineCount(2);
      assertThat(second.exec("cat", "/copied").stdout()).isEqualTo(made);
      first.exec("rm", "/copied");
      assertThat(second.exec("cat", "/copied").exitCode()).isZero();
    }
  }

  @Test
  void aProcessThatWasLeftRunningRunsInEveryBox() {
    BoxOptions options =
        preparedBy(shell("mkfifo /ask; (while read q < /ask; do echo \"$q!\" > /answer; done) &"));
    boxlite.templates().make(options);
    for (String question : new String[] {"one", "two"}) {
      try (LiteBox box = boxlite.create(options)) {
        assertThat(box.info().origin()).isEqualTo(BoxOrigin.TEMPLATE);
        ExecResult answer =
            box.exec(
                "sh",
                "-c",
                "echo " + question + " > /ask; until [ -s /answer ]; do :; done; cat /answer");
        assertThat(answer.stdout()).isEqualTo(question + "!\n");
      }
    }
  }

  @Test
  void aPreparationThatFailsSaysWhatItSaidAndLeavesNoTemplate() throws Exception {
    BoxOptions options = preparedBy(shell("echo working; echo no such package >&2; exit 3"));
    assertThatThrownBy(() -> boxlite.create(options))
        .isInstanceOf(BoxStartException.class)
        .hasMessageContaining("cannot be prepared")
        .hasMessageContaining("EXITED and exit code 3")
        .hasMessageContaining("working")
        .hasMessageContaining("no such package");
    try (Stream<Path> templates = Files.list(boxlite.home().resolve("templates"))) {
      assertThat(templates.map(Path::toString).filter(name -> name.endsWith(".unfinished")))
          .isEmpty();
    }
  }

  @Test
  void aPreparationThatTakesTooLongIsEndedByItsOwnLimit() {
    BoxOptions options = preparedBy(shell("sleep 100").timeout(java.time.Duration.ofMillis(300)));
    assertThatThrownBy(() -> boxlite.create(options))
        .isInstanceOf(BoxStartException.class)
        .hasMessageContaining("TIMED_OUT");
  }
}
