package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SecurityOptionsTest {
  private static final SecurityOptions STANDARD = SecurityOptions.standard();

  @Test
  void standardHasTheJailAndNoLimitsAndIsTheDefaultOfABox() {
    assertThat(STANDARD.jailerEnabled()).isTrue();
    assertThat(STANDARD.seccompEnabled()).isTrue();
    assertThat(STANDARD.networkEnabled()).isTrue();
    assertThat(STANDARD.closeFds()).isTrue();
    assertThat(STANDARD.maxOpenFiles()).isEmpty();
    assertThat(STANDARD.maxFileSize()).isEmpty();
    assertThat(STANDARD.maxProcesses()).isEmpty();
    assertThat(STANDARD.maxMemory()).isEmpty();
    assertThat(STANDARD.maxCpuTime()).isEmpty();
    assertThat(BoxOptions.builder().build().security()).isEqualTo(STANDARD);
  }

  @Test
  void developmentHasNeitherJailNorLimits() {
    SecurityOptions development = SecurityOptions.development();
    assertThat(development.jailerEnabled()).isFalse();
    assertThat(development.seccompEnabled()).isFalse();
    assertThat(development.maxOpenFiles()).isEmpty();
    assertThat(development).isEqualTo(STANDARD.jailerEnabled(false).seccompEnabled(false));
  }

  @Test
  void maximumAddsLimits() {
    SecurityOptions maximum = SecurityOptions.maximum();
    assertThat(maximum.jailerEnabled()).isTrue();
    assertThat(maximum.seccompEnabled()).isTrue();
    assertThat(maximum.maxOpenFiles()).isEqualTo(OptionalInt.of(1024));
    assertThat(maximum.maxFileSize()).isEqualTo(OptionalLong.of(1L << 30));
    assertThat(maximum.maxProcesses()).isEqualTo(OptionalInt.of(100));
    assertThat(maximum.maxMemory()).isEmpty();
    assertThat(maximum.maxCpuTime()).isEmpty();
  }

  @Test
  void eachCopyChangesOnePropertyAndKeepsTheOthers() {
    SecurityOptions changed =
        STANDARD
            .jailerEnabled(false)
            .seccompEnabled(false)
            .maxOpenFiles(3)
            .maxFileSize(5)
            .maxProcesses(6)
            .maxMemory(7 << 20)
            .maxCpuTime(Duration.ofMillis(8))
            .networkEnabled(false)
            .closeFds(true);
    assertThat(changed.jailerEnabled()).isFalse();
    assertThat(changed.seccompEnabled()).isFalse();
    assertThat(changed.maxOpenFiles()).isEqualTo(OptionalInt.of(3));
    assertThat(changed.maxFileSize()).isEqualTo(OptionalLong.of(5));
    assertThat(changed.maxProcesses()).isEqualTo(OptionalInt.of(6));
    assertThat(changed.maxMemory()).isEqualTo(OptionalLong.of(7 << 20));
    assertThat(changed.maxCpuTime()).contains(Duration.ofMillis(8));
    assertThat(changed.networkEnabled()).isFalse();
    assertThat(STANDARD).isEqualTo(SecurityOptions.standard()).isNotEqualTo(changed);
  }

  static List<UnaryOperator<SecurityOptions>> changes() {
    return List.of(
        o -> o.jailerEnabled(false),
        o -> o.seccompEnabled(false),
        o -> o.maxOpenFiles(64),
        o -> o.maxFileSize((1L << 40) - 1),
        o -> o.maxProcesses(1 << 20),
        o -> o.maxMemory(1L << 47),
        o -> o.maxCpuTime(Duration.ofNanos(1)),
        o -> o.maxCpuTime(Duration.ofMillis(90_001)),
        o -> o.networkEnabled(false),
        o -> o.maxFileSize(1).maxProcesses(2).maxOpenFiles(3),
        o -> SecurityOptions.maximum().maxFileSize(1537),
        o -> SecurityOptions.development().maxMemory(3L << 29));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void anyChangeIsSeenInEqualityAndInTheTextWhichIsReadBack(UnaryOperator<SecurityOptions> change) {
    SecurityOptions changed = change.apply(STANDARD);
    assertThat(changed).isNotEqualTo(STANDARD);
    assertThat(changed).isEqualTo(change.apply(STANDARD));
    assertThat(changed).hasSameHashCodeAs(change.apply(STANDARD));
    assertThat(SecurityOptions.parse(changed.toString())).isEqualTo(changed);
  }

  @Test
  void theTextIsAPresetWithTheFewestChanges() {
    assertThat(STANDARD).hasToString("standard");
    assertThat(STANDARD.jailerEnabled(false).seccompEnabled(false)).hasToString("development");
    assertThat(STANDARD.maxProcesses(9)).hasToString("standard, maxProcesses=9");
    assertThat(SecurityOptions.maximum().maxOpenFiles(2048).networkEnabled(false))
        .hasToString("maximum, maxOpenFiles=2048, networkEnabled=false");
    assertThat(STANDARD.maxFileSize(1025).maxMemory(1L << 31).maxCpuTime(Duration.ofSeconds(90)))
        .hasToString("standard, maxFileSize=1025B, maxMemory=2GiB, maxCpuTime=90s");
  }

  @Test
  void theTextMayBeInSeveralParts() {
    assertThat(SecurityOptions.parse("maximum", " maxFileSize = 1.5 KiB ,maxCpuTime=PT1M"))
        .isEqualTo(SecurityOptions.maximum().maxFileSize(1536).maxCpuTime(Duration.ofMinutes(1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          maximun                           | security begins with "maximun"; did you mean maximum? Begin with one of standard, development, maximum; changes may follow, such as "maximum, maxOpenFiles=2048"
          ``                                | security begins with ""; begin with one of standard
          maxOpenFiles=64                   | security begins with "maxOpenFiles=64"; begin with one of standard, development, maximum
          standard,                         | security has ""
          standard, maxOpenfile=64          | security has "maxOpenfile=64"; did you mean maxOpenFiles? The known names are jailerEnabled, seccompEnabled, maxOpenFiles
          standard, maxOpenFiles            | security has "maxOpenFiles"; write maxOpenFiles=VALUE
          standard, maximum                 | security has "maximum"; it takes one preset, which comes first
          standard, maxOpenFiles=1, maxOpenFiles=1 | maxOpenFiles is 1; it must be from 3 to 1048576
          standard, maxProcesses=1, maxProcesses=2 | security sets maxProcesses twice; keep one of them
          standard, maxProcesses=many       | maxProcesses is "many"; it must be a whole number
          standard, maxFileSize=64          | maxFileSize is "64"; it must be a size with its unit
          standard, maxCpuTime=5            | maxCpuTime is "5"; it must be a time with its unit
          standard, networkEnabled=no       | networkEnabled is "no"; it must be true or false
          standard, closeFds=false          | closeFds is false; the hypervisor's process never inherits file descriptors
          """)
  void refusesOtherTextAndSaysWhatItTakes(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SecurityOptions.parse(text))
        .withMessageContaining(message);
  }

  @Test
  void refusesValuesOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDARD.maxOpenFiles(2))
        .withMessage("maxOpenFiles is 2; it must be from 3 to 1048576");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDARD.maxFileSize(0))
        .withMessage("maxFileSize is 0; it must be from 1 to 1099511627776");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDARD.maxProcesses(0))
        .withMessage("maxProcesses is 0; it must be from 1 to 1048576");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDARD.maxMemory(4096))
        .withMessage("maxMemory is 4096; it must be from 1048576 to 140737488355328");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDARD.maxCpuTime(Duration.ZERO))
        .withMessage("maxCpuTime is PT0S; it must be more than zero and at most PT168H");
  }

  @Test
  void aBoxRefusesASeccompFilterWithoutTheJailThatInstallsIt() {
    SecurityOptions half = STANDARD.jailerEnabled(false);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxOptions.builder().security(half))
        .withMessage(
            "security is \"standard, jailerEnabled=false\", which has seccompEnabled=true without"
                + " the jail that installs the seccomp filter; also set seccompEnabled=false, or"
                + " leave the jail enabled");
    assertThat(BoxOptions.builder().security(half.seccompEnabled(false)).build().security())
        .isEqualTo(SecurityOptions.development());
    assertThat(BoxOptions.builder().security(STANDARD.seccompEnabled(false)).build().security())
        .hasToString("standard, seccompEnabled=false");
  }
}
