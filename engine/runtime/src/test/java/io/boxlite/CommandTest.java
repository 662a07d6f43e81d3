package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CommandTest {
  private static final String MUCH = "x".repeat(5 << 20);
  private static final Command LS = Command.of("ls", "-l");

  @Test
  void startsWithTheDefaults() {
    assertThat(LS.argv()).containsExactly("ls", "-l");
    assertThat(LS.timeout()).isEqualTo(Duration.ofSeconds(60));
    assertThat(LS.maxOutputBytes()).isEqualTo(8 << 20);
    assertThat(LS.env()).isEmpty();
    assertThat(LS.cpuTime()).isEmpty();
    assertThat(LS.memoryMib()).isEmpty();
    assertThat(LS.maxProcesses()).isEmpty();
    assertThat(LS.maxOpenFiles()).isEmpty();
    assertThat(LS.stackMib()).isEmpty();
    assertThat(LS.maxFileSizeMib()).isEmpty();
    assertThat(LS.user()).isEmpty();
    assertThat(LS.workingDir()).isEmpty();
    assertThat(LS.tty()).isEmpty();
    assertThat(LS.hasStdin()).isFalse();
  }

  @Test
  void theLastInputCounts() throws IOException {
    Command file = LS.stdin("in").stdinFile("data/in.txt");
    assertThat(file.stdinFile()).contains("data/in.txt");
    assertThat(file.hasStdin()).isFalse();
    Command text = file.stdin("again");
    assertThat(text.stdinFile()).isEmpty();
    assertThat(text.openStdin().orElseThrow().readAllBytes()).asString().isEqualTo("again");
  }

  @Test
  void keepsEveryValueThroughLaterChanges() throws IOException {
    Command all =
        LS.env("B", "2")
            .env("A", "1")
            .workingDir("/w")
            .user("1:2")
            .stdin("in")
            .tty(3, 4)
            .timeout(Duration.ofSeconds(5))
            .cpuTime(Duration.ofSeconds(6))
            .memoryMib(7)
            .stackMib(12)
            .maxProcesses(8)
            .maxOpenFiles(9)
            .maxFileSizeMib(10)
            .maxOutputBytes(11)
            .mergeStderr()
            .keepOutput(OutputKeep.TAIL)
            .env("C", "3");
    assertThat(all.argv()).containsExactly("ls", "-l");
    assertThat(all.env().toString()).isEqualTo("{B=2, A=1, C=3}");
    assertThat(all.workingDir()).contains("/w");
    assertThat(all.user()).contains("1:2");
    assertThat(all.openStdin().orElseThrow().readAllBytes()).asString().isEqualTo("in");
    assertThat(all.tty()).contains(new TtySize(3, 4));
    assertThat(all.timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(all.cpuTime()).contains(Duration.ofSeconds(6));
    assertThat(all.memoryMib()).hasValue(7);
    assertThat(all.stackMib()).hasValue(12);
    assertThat(all.maxProcesses()).hasValue(8);
    assertThat(all.maxOpenFiles()).hasValue(9);
    assertThat(all.maxFileSizeMib()).hasValue(10);
    assertThat(all.maxOutputBytes()).isEqualTo(11);
    assertThat(all.mergesStderr()).isTrue();
    assertThat(all.keepOutput()).isEqualTo(OutputKeep.TAIL);
  }

  @Test
  void isEqualToOneWithTheSameValues() {
    List<UnaryOperator<Command>> changes =
        List.of(
            c -> c.env("A", "1"),
            c -> c.workingDir("/w"),
            c -> c.user("1"),
            c -> c.stdin("in"),
            c -> c.stdin("other"),
            c -> c.stdinFile("in.txt"),
            c -> c.tty(3, 4),
            c -> c.timeout(Duration.ofSeconds(5)),
            c -> c.cpuTime(Duration.ofSeconds(6)),
            c -> c.memoryMib(7),
            c -> c.stackMib(12),
            c -> c.maxProcesses(8),
            c -> c.maxOpenFiles(9),
            c -> c.maxFileSizeMib(10),
            c -> c.maxOutputBytes(11),
            c -> c.mergeStderr(),
            c -> c.keepOutput(OutputKeep.TAIL));
    for (UnaryOperator<Command> change : changes) {
      assertThat(change.apply(LS)).isNotEqualTo(LS).isEqualTo(change.apply(LS));
      assertThat(change.apply(LS)).hasSameHashCodeAs(change.apply(LS));
    }
    assertThat(LS.stdin("in")).isNotEqualTo(LS.stdin("other"));
    assertThat(LS.stdin(InputStream.nullInputStream()))
        .isNotEqualTo(LS.stdin(InputStream.nullInputStream()));
  }

  @Test
  void leavesTheOriginalAsItWas() {
    Command changed = LS.env("A", "1").memoryMib(64);
    assertThat(LS.env()).isEmpty();
    assertThat(LS.memoryMib()).isEmpty();
    assertThat(changed).isNotSameAs(LS);
  }

  @Test
  void takesACopyOfTheInputThatCanBeReadAgain() throws IOException {
    byte[] input = "abc".getBytes(StandardCharsets.UTF_8);
    Command command = LS.stdin(input);
    input[0] = 'x';
    assertThat(command.openStdin().orElseThrow().readAllBytes()).asString().isEqualTo("abc");
    assertThat(command.openStdin().orElseThrow().readAllBytes()).asString().isEqualTo("abc");
  }

  @Test
  void printsAsACommandLine() {
    assertThat(Command.of("sh", "-c", "echo hi", "")).hasToString("sh -c 'echo hi' ''");
  }

  static Object[][] faults() {
    return new Object[][] {
      {fault(c -> c.env("", "x")), "environment variable name is \"\""},
      {fault(c -> c.env("A=B", "x")), "environment variable name is \"A=B\""},
      {fault(c -> c.env("A", "x\0")), "value of environment variable A has a NUL character at"},
      {fault(c -> c.workingDir("tmp")), "workingDir is \"tmp\"; it must be an absolute path"},
      {fault(c -> c.workingDir("/t\0")), "workingDir has a NUL character at index 2"},
      {fault(c -> c.user(" ")), "user is blank"},
      {fault(c -> c.tty(0, 80)), "rows is 0; it must be from 1 to 65535"},
      {fault(c -> c.tty(24, 65_536)), "columns is 65536"},
      {fault(c -> c.timeout(Duration.ZERO)), "timeout is PT0S; it must be more than zero"},
      {fault(c -> c.timeout(Duration.ofDays(8))), "timeout is PT192H; it must be more than zero"},
      {fault(c -> c.cpuTime(Duration.ofMillis(-1))), "cpuTime is PT-0.001S"},
      {fault(c -> c.memoryMib(0)), "memoryMib is 0; it must be from 1 to 1048576"},
      {fault(c -> c.stackMib(0)), "stackMib is 0; it must be from 1 to 1048576, or unlimited"},
      {fault(c -> c.stackMib((1 << 20) + 1)), "stackMib is 1048577"},
      {fault(c -> c.maxProcesses(-1)), "maxProcesses is -1"},
      {fault(c -> c.maxOpenFiles(2)), "maxOpenFiles is 2; it must be from 3 to"},
      {fault(c -> c.maxFileSizeMib(0)), "maxFileSizeMib is 0"},
      {fault(c -> c.maxOutputBytes(0)), "maxOutputBytes is 0; it must be from 1 to"},
      {fault(c -> Command.of()), "argv is []; its first element must name a program"},
      {fault(c -> Command.of("")), "its first element must name a program"},
      {fault(c -> Command.of("a", "b\0c")), "argv[1] has a NUL character at index 1"},
    };
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("faults")
  void namesTheArgumentAndItsValueWhenItIsWrong(UnaryOperator<Command> fault, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fault.apply(LS))
        .withMessageContaining(message);
  }

  @Test
  void showsWhatIsTooLongByItsBeginning() {
    assertThat(Command.of("echo", MUCH, "a b").toString())
        .startsWith("echo 'xxx")
        .endsWith("xxx... (5242880 characters)' 'a b'")
        .hasSizeLessThan(300);
    String[] many = new String[100_000];
    Arrays.fill(many, "argument");
    assertThat(Command.of(many).toString())
        .startsWith("argument argument ")
        .endsWith(" ... (100000 arguments)")
        .hasSizeLessThan(2000);
  }

  static List<UnaryOperator<Command>> longFaults() {
    return List.of(
        c -> Command.of("", MUCH),
        c -> c.user(MUCH),
        c -> c.workingDir(MUCH),
        c -> c.workingDir("/" + MUCH),
        c -> c.env(MUCH + "=", ""),
        c -> c.env(MUCH, "\0"));
  }

  @ParameterizedTest
  @MethodSource("longFaults")
  void saysWhatIsWrongWithALongValueInAShortMessage(UnaryOperator<Command> fault) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fault.apply(LS))
        .satisfies(e -> assertThat(e.getMessage()).contains("characters)").hasSizeLessThan(500));
  }

  private static UnaryOperator<Command> fault(UnaryOperator<Command> fault) {
    return fault;
  }
}
