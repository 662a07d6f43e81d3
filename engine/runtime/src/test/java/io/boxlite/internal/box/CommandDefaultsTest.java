package io.boxlite.internal.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.boxlite.BoxOptions;
import io.boxlite.Command;
import io.boxlite.OutputKeep;
import io.boxlite.SecurityOptions;
import io.boxlite.internal.guest.proto.EnvironmentVariable;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.image.ImageConfig;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CommandDefaultsTest {
  private static final ImageConfig IMAGE =
      new ImageConfig(
          Map.of("A", "image", "B", "image", "C", "image"),
          Optional.of("/image"),
          Optional.of("image-user"),
          List.of("ignored"),
          List.of(),
          List.of(),
          Optional.empty());
  private static final Command COMMAND = Command.of("ls");

  @Test
  void aCommandGoesBeforeItsBoxAndABoxBeforeItsImage() {
    BoxOptions box =
        BoxOptions.builder().env("B", "box").env("C", "box").workingDir("/box").build();
    ExecStart start =
        new CommandDefaults(IMAGE, box).complete(COMMAND.env("C", "command").user("me"), false);
    assertThat(environment(start)).isEqualTo(Map.of("A", "image", "B", "box", "C", "command"));
    assertThat(start.getWorkingDirectory()).isEqualTo("/box");
    assertThat(start.getUser()).isEqualTo("me");
    assertThat(start.getArgvList()).containsExactly("ls");
  }

  @Test
  void theImageSaysWhatNobodyElseDoes() {
    ExecStart start = defaults(IMAGE).complete(COMMAND, false);
    assertThat(start.getWorkingDirectory()).isEqualTo("/image");
    assertThat(start.getUser()).isEqualTo("image-user");
  }

  @Test
  void anImageThatSaysNothingLeavesItToTheGuest() {
    ExecStart start = defaults(ImageConfig.EMPTY).complete(COMMAND, false);
    assertThat(start.getWorkingDirectory()).isEmpty();
    assertThat(start.getUser()).isEmpty();
    assertThat(start.getEnvironmentList()).isEmpty();
    assertThat(start.hasTty()).isFalse();
    assertThat(start.getStdinOpen()).isFalse();
  }

  @Test
  void limitsComeInTheUnitsOfTheContract() {
    ExecStart start =
        defaults(IMAGE)
            .complete(
                COMMAND
                    .timeout(Duration.ofMillis(1500))
                    .cpuTime(Duration.ofSeconds(2))
                    .memoryMib(4096)
                    .stackMib(256)
                    .maxProcesses(5)
                    .maxOpenFiles(6)
                    .maxFileSizeMib(7)
                    .maxOutputBytes(8),
                true);
    assertThat(start.getWallTimeNanos()).isEqualTo(1_500_000_000L);
    assertThat(start.getCpuTimeNanos()).isEqualTo(2_000_000_000L);
    assertThat(start.getMemoryBytes()).isEqualTo(4L << 30);
    assertThat(start.getStackBytes()).isEqualTo(256 << 20);
    assertThat(start.getMaxProcesses()).isEqualTo(5);
    assertThat(start.getMaxOpenFiles()).isEqualTo(6);
    assertThat(start.getMaxFileSizeBytes()).isEqualTo(7 << 20);
    assertThat(start.getMaxOutputBytes()).isEqualTo(8);
    assertThat(start.getStdinOpen()).isTrue();
  }

  @Test
  void aCommandGetsTheLimitsOfItsBoxInTheUnitsOfTheContract() {
    ExecStart start = limited().complete(COMMAND, false);
    assertThat(start.getMaxOpenFiles()).isEqualTo(64);
    assertThat(start.getMaxFileSizeBytes()).isEqualTo((2 << 20) + 1);
    assertThat(start.getMaxProcesses()).isEqualTo(6);
    assertThat(start.getAddressSpaceBytes()).isEqualTo(1L << 33);
    assertThat(start.getCpuTimeNanos()).isEqualTo(7_000_000_000L);
    assertThat(start.getMemoryBytes()).isZero();
  }

  @Test
  void aCommandMayHaveLowerLimitsThanItsBox() {
    Command command =
        COMMAND
            .maxOpenFiles(64)
            .maxFileSizeMib(2)
            .maxProcesses(5)
            .cpuTime(Duration.ofSeconds(7))
            .memoryMib(1 << 20);
    ExecStart start = limited().complete(command, false);
    assertThat(start.getMaxOpenFiles()).isEqualTo(64);
    assertThat(start.getMaxFileSizeBytes()).isEqualTo(2 << 20);
    assertThat(start.getMaxProcesses()).isEqualTo(5);
    assertThat(start.getCpuTimeNanos()).isEqualTo(7_000_000_000L);
    assertThat(start.getMemoryBytes()).isEqualTo(1L << 40);
    assertThat(limited().limited(command)).isSameAs(command);
  }

  @Test
  void aCommandWithAHigherLimitThanItsBoxIsRefused() {
    String end = "; lower the command's limit, or create the box with a higher one";
    refused(
        COMMAND.maxOpenFiles(65),
        "maxOpenFiles of `ls` is 65, but maxOpenFiles of its box's security options is 64" + end);
    refused(
        COMMAND.maxProcesses(7),
        "maxProcesses of `ls` is 7, but maxProcesses of its box's security options is 6" + end);
    refused(
        COMMAND.maxFileSizeMib(3),
        "maxFileSizeMib of `ls` is 3, but maxFileSize of its box's security options is 2097153"
            + " bytes (2.0 MiB)"
            + end);
    refused(
        COMMAND.cpuTime(Duration.ofMillis(7500)),
        "cpuTime of `ls` is 7.50 s, but maxCpuTime of its box's security options is 7 s" + end);
  }

  private static void refused(Command command, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> limited().complete(command, false))
        .withMessage(message);
  }

  private static CommandDefaults limited() {
    SecurityOptions security =
        SecurityOptions.standard()
            .maxOpenFiles(64)
            .maxFileSize((2 << 20) + 1)
            .maxProcesses(6)
            .maxMemory(1L << 33)
            .maxCpuTime(Duration.ofSeconds(7));
    return new CommandDefaults(IMAGE, BoxOptions.builder().security(security).build());
  }

  @Test
  void anUnlimitedStackIsTheLargestNumberOfTheContract() {
    ExecStart start = defaults(IMAGE).complete(COMMAND.stackMib(Command.UNLIMITED_STACK), false);
    assertThat(Long.toUnsignedString(start.getStackBytes())).isEqualTo("18446744073709551615");
    assertThat(defaults(IMAGE).complete(COMMAND, false).getStackBytes()).isZero();
  }

  @Test
  void theGuestDropsWhatComesAfterTheFirstBytesAndSendsAllWhereTheLastAreWanted() {
    Command limited = COMMAND.maxOutputBytes(8);
    ExecStart killed = defaults(IMAGE).complete(limited, false);
    assertThat(killed.getMaxOutputBytes()).isEqualTo(8);
    assertThat(killed.getDropExcessOutput()).isFalse();
    ExecStart head = defaults(IMAGE).complete(limited.keepOutput(OutputKeep.HEAD), false);
    assertThat(head.getMaxOutputBytes()).isEqualTo(8);
    assertThat(head.getDropExcessOutput()).isTrue();
    ExecStart tail = defaults(IMAGE).complete(limited.keepOutput(OutputKeep.TAIL), false);
    assertThat(tail.getMaxOutputBytes()).isZero();
    assertThat(tail.getDropExcessOutput()).isFalse();
  }

  @Test
  void aTerminalHasAName() {
    Command onTerminal = COMMAND.tty(24, 80);
    ExecStart start = defaults(IMAGE).complete(onTerminal, true);
    assertThat(environment(start)).containsEntry("TERM", "xterm");
    assertThat(start.getTty().getRows()).isEqualTo(24);
    assertThat(start.getTty().getColumns()).isEqualTo(80);
    ExecStart named = defaults(IMAGE).complete(onTerminal.env("TERM", "vt100"), true);
    assertThat(environment(named)).containsEntry("TERM", "vt100");
  }

  private static CommandDefaults defaults(ImageConfig image) {
    return new CommandDefaults(image, BoxOptions.builder().build());
  }

  private static Map<String, String> environment(ExecStart start) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (EnvironmentVariable variable : start.getEnvironmentList()) {
      environment.put(variable.getName(), variable.getValue());
    }
    return environment;
  }
}
