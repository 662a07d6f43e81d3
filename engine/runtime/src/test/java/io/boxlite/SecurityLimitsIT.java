package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The limits that the security options of a box set for every command in it. */
@Timeout(300)
class SecurityLimitsIT {
  private static final int SIGXFSZ = 25; // signal(7) on x86

  /** Not a whole number of MiB, which the limit of a command is. */
  private static final int FILE_BYTES = (2 << 20) + 1537;

  private static final SecurityOptions LIMITS =
      SecurityOptions.standard()
          .maxOpenFiles(16)
          .maxFileSize(FILE_BYTES)
          .maxProcesses(6)
          .maxMemory(64 << 20)
          .maxCpuTime(Duration.ofMillis(400));

  @RegisterExtension static final TestBoxlite boxlite = new TestBoxlite();

  private static LiteBox box;

  @BeforeAll
  static void create() {
    box = boxlite.create(options(LIMITS));
  }

  private static BoxOptions options(SecurityOptions security) {
    return BoxOptions.builder().memoryMib(256).security(security).build();
  }

  private static Command shell(String script) {
    return Command.of("sh", "-c", script);
  }

  private static Command write(long bytes) {
    return shell("rm -f /tmp/big; head -c " + bytes + " /dev/zero > /tmp/big");
  }

  private static String sizeOfFile() {
    return box.exec("stat", "-c", "%s", "/tmp/big").stdout().strip();
  }

  @Test
  void aProcessOpensOnlySoManyFiles() {
    assertThat(box.exec(open(13)).exitCode()).isZero();
    ExecResult tooMany = box.exec(open(14));
    assertThat(tooMany.exitCode()).isNotZero();
    assertThat(tooMany.stderr()).containsIgnoringCase("too many open files");
  }

  /** A program that opens so many files at once, beside its three streams. */
  private static Command open(int files) {
    return Command.of("tail", "-c", "1")
        .withArguments(Collections.nCopies(files, "/etc/passwd").toArray(String[]::new));
  }

  @Test
  void aFileGrowsToExactlyTheLimit() {
    assertThat(box.exec(write(FILE_BYTES)).exitCode()).isZero();
    assertThat(sizeOfFile()).isEqualTo("" + FILE_BYTES);
    assertThat(box.exec(write(FILE_BYTES + 1)).exitCode()).isEqualTo(128 + SIGXFSZ);
    assertThat(sizeOfFile()).isEqualTo("" + FILE_BYTES);
  }

  @Test
  void aCommandHasOnlySoManyProcesses() {
    String sleepers = "for i in $(seq %d); do sleep 1000 & done; echo all";
    assertThat(box.exec(shell(String.format(sleepers, 5))).stdout()).isEqualTo("all\n");
    ExecResult tooMany = box.exec(shell(String.format(sleepers, 6)));
    assertThat(tooMany.exitCode()).isNotZero();
    assertThat(tooMany.stderr()).containsIgnoringCase("fork");
  }

  @Test
  void anAllocationBeyondTheAddressSpaceFails() {
    assertThat(box.exec(dd(32)).exitCode()).isZero();
    ExecResult tooMuch = box.exec(dd(80));
    assertThat(tooMuch.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(tooMuch.exitCode()).isNotZero();
    assertThat(tooMuch.stderr()).containsIgnoringCase("memory");
  }

  private static Command dd(int mib) {
    return Command.of("dd", "if=/dev/zero", "of=/dev/null", "bs=" + mib + "M", "count=1");
  }

  @Test
  void aCommandThatComputesTooLongIsKilled() {
    ExecResult endless = box.exec(shell("while :; do :; done"));
    assertThat(endless.outcome()).isEqualTo(Outcome.CPU_TIME_EXCEEDED);
    assertThat(endless.cpuTime()).isGreaterThanOrEqualTo(Duration.ofMillis(400));
  }

  @ParameterizedTest
  @MethodSource("limits")
  void evenRootCannotRaiseALimit(String option) {
    ExecResult raised = box.exec(shell("ulimit -H -" + option + " unlimited"));
    assertThat(raised.exitCode()).isNotZero();
    assertThat(raised.stderr()).containsIgnoringCase("not permitted");
  }

  /** Options of the shell's {@code ulimit}: open files, the size of a file, address space. */
  static List<String> limits() {
    return List.of("n", "f", "v");
  }

  @Test
  void aCommandMayHaveALowerLimit() {
    assertThat(box.exec(open(9).maxOpenFiles(12)).exitCode()).isZero();
    assertThat(box.exec(open(10).maxOpenFiles(12)).exitCode()).isNotZero();
    assertThat(box.exec(write((1 << 20) + 1).maxFileSizeMib(1)).exitCode())
        .isEqualTo(128 + SIGXFSZ);
    assertThat(sizeOfFile()).isEqualTo("" + (1 << 20));
    assertThat(box.exec(shell("true & wait").maxProcesses(1)).stderr())
        .containsIgnoringCase("fork");
    ExecResult endless = box.exec(shell("while :; do :; done").cpuTime(Duration.ofMillis(200)));
    assertThat(endless.outcome()).isEqualTo(Outcome.CPU_TIME_EXCEEDED);
    assertThat(endless.command().orElseThrow().cpuTime()).contains(Duration.ofMillis(200));
  }

  @Test
  void aResultTellsTheLimitsThatTheCommandGotFromItsBox() {
    Command command = box.exec("true").command().orElseThrow();
    assertThat(command.cpuTime()).contains(Duration.ofMillis(400));
    assertThat(command.maxProcesses()).hasValue(6);
    assertThat(command.maxOpenFiles()).hasValue(16);
  }

  static List<Consumer<Command>> waysToRun() {
    return List.of(
        command -> box.exec(command),
        command -> box.start(command).close(),
        command -> box.join(command, Command.of("true")),
        command -> box.join(Command.of("true"), command),
        command -> box.shell(command).close(),
        command ->
            boxlite.create(
                options(LIMITS).toBuilder().prepare(Command.of("true"), command).build()));
  }

  @ParameterizedTest
  @MethodSource("waysToRun")
  void aCommandWithAHigherLimitIsRefused(Consumer<Command> run) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> run.accept(Command.of("sh").maxOpenFiles(17)))
        .withMessage(
            "maxOpenFiles of `sh` is 17, but maxOpenFiles of its box's security options is 16;"
                + " lower the command's limit, or create the box with a higher one");
    assertThat(boxlite.list()).containsExactly(box);
  }

  @Test
  void joinedCommandsAndShellsHaveTheLimitsToo() {
    Command reports = shell("ulimit -n >&2");
    JoinResult joined = box.join(reports, reports);
    assertThat(joined.first().stderr()).isEqualTo("16\n");
    assertThat(joined.second().stderr()).isEqualTo("16\n");
    try (BoxShell shell = box.shell(Command.of("sh").maxOpenFiles(16))) {
      assertThat(shell.run("ulimit -n").stdout()).isEqualTo("16\n");
    }
  }

  @Test
  void whatAPreparationLeavesRunningKeepsTheLimits() {
    Command prepare =
        shell(
            "mkfifo /ask /answer;"
                + " (read question < /ask; { ulimit -n; ulimit -v; } > /answer) &");
    BoxOptions prepared = options(LIMITS).toBuilder().prepare(prepare).build();
    try (LiteBox other = boxlite.create(prepared)) {
      assertThat(other.exec(shell("echo > /ask; cat /answer")).stdout()).isEqualTo("16\n65536\n");
    }
  }

  @Test
  void boxesWithOtherSecurityOptionsStartFromTheSameTemplate() {
    List<String> templates = templates();
    try (LiteBox other = boxlite.create(options(SecurityOptions.maximum()))) {
      assertThat(other.info().origin()).isEqualTo(BoxOrigin.TEMPLATE);
      assertThat(other.exec("sh", "-c", "ulimit -n").stdout()).isEqualTo("1024\n");
    }
    assertThat(templates()).isEqualTo(templates);
  }

  private static List<String> templates() {
    return boxlite.templates().list().stream().map(TemplateInfo::key).sorted().toList();
  }
}
