package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class WaitTest {
  static List<Arguments> texts() {
    Duration twoMinutes = Duration.ofMinutes(2);
    return List.of(
        Arguments.of("port:5432", Wait.port(5432)),
        Arguments.of(" port : 5432 ", Wait.port(5432)),
        Arguments.of("port:5432 within 2min", Wait.port(5432).timeout(twoMinutes)),
        Arguments.of("http:8080/health", Wait.http("/health", 8080)),
        Arguments.of("http:8080/health=204", Wait.http("/health", 8080).status(204)),
        Arguments.of("http:8080/=200-499", Wait.http("/", 8080).status(200, 499)),
        Arguments.of("http:80/q?a=b&c=1234", Wait.http("/q?a=b&c=1234", 80)),
        Arguments.of("http:80/ within 2 min", Wait.http("/", 80).timeout(twoMinutes)),
        Arguments.of("output:ready: yes", Wait.output("ready: yes")),
        Arguments.of("output:within reach", Wait.output("within reach")),
        Arguments.of("output:is within reach", Wait.output("is within reach")),
        Arguments.of(
            "output:up within 1s within 2min", Wait.output("up within 1s").timeout(twoMinutes)),
        Arguments.of("exec:pg_isready -q", Wait.exec("sh", "-c", "pg_isready -q")));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void isReadFromText(String text, Wait wait) {
    assertThat(Wait.parse(text)).isEqualTo(wait).hasSameHashCodeAs(wait);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          5432                 | waitFor has "5432"; write one of port:5432
          port:http            | waitFor has "port:http"; write one of
          port:0               | port of a wait is 0; it must be from 1 to 65535
          port:1 within 2h     | timeout of a wait is PT2H; it must be more than zero and at most PT1H
          http:health          | waitFor has "http:health"; write one of
          http:80/a b          | path of a wait is "/a b"; it must begin with "/"
          http:80/=999         | status of a wait is 999; it must be from 100 to 599
          http:80/=300-200     | status of a wait is 200; it must be from 300 to 599
          output:              | text of a wait
          exec:                | waitFor has "exec:"; write one of
          log:ready            | waitFor has "log:ready"; write one of
          """)
  void otherTextIsRefused(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Wait.parse(text))
        .withMessageContaining(message);
  }

  @Test
  void hasTheTextFormForMessages() {
    assertThat(
            List.of(
                Wait.port(5432),
                Wait.http("/a", 80),
                Wait.http("/a", 80).status(201),
                Wait.http("/a", 80).status(200, 299),
                Wait.output("up").times(2),
                Wait.exec("pg_isready", "-q")))
        .extracting(Wait::toString)
        .containsExactly(
            "port:5432",
            "http:80/a",
            "http:80/a=201",
            "http:80/a=200-299",
            "output:up (2 times)",
            "exec:pg_isready -q");
  }

  @Test
  void aCommandThatIsRunAgainAndAgainHasNoInput() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Wait.exec(Command.of("cat").stdin("x")))
        .withMessageContaining("which has a standard input");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Wait.exec(Command.of("cat").tty(24, 80)))
        .withMessageContaining("which has a terminal");
  }

  @Test
  void aBoxWithoutAMainCommandHasNoOutputToWaitFor() {
    BoxOptions.Builder options = BoxOptions.builder().waitFor(Wait.output("up"));
    assertThatIllegalArgumentException()
        .isThrownBy(options::build)
        .withMessageContaining("waitFor has \"output:up\", but the box has no main command");
    assertThat(options.startCommand().build().waitFor()).containsExactly(Wait.output("up"));
  }

  @Test
  void mainCommandsAreReadFromText() {
    assertThat(StartCommand.parse(List.of("image"))).isEqualTo(StartCommand.ofImage());
    assertThat(StartCommand.parse(List.of("redis-server", "--save", "")))
        .isEqualTo(StartCommand.of(Command.of("redis-server", "--save", "")));
    assertThat(StartCommand.ofImage()).isNotEqualTo(StartCommand.of(Command.of("image")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StartCommand.parse(List.of("image", "-x")))
        .withMessageContaining("takes no arguments");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StartCommand.parse(List.of()))
        .withMessageContaining("it must be \"image\", or a program and its arguments");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StartCommand.of(Command.of("cat").stdin("x")))
        .withMessageContaining("use stdinFile()");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StartCommand.of(Command.of("top").tty(24, 80)))
        .withMessageContaining("remove tty()");
  }

  @Test
  void theEnvironmentOfAMainCommandMakesADifferenceToTheTemplate() {
    BoxOptions plain = BoxOptions.builder().startCommand(Command.of("server")).build();
    assertThat(plain.toBuilder().env("A", "1").build().ofTemplate())
        .isNotEqualTo(plain.ofTemplate());
    assertThat(plain.toBuilder().waitFor(Wait.port(1)).build().ofTemplate())
        .isNotEqualTo(plain.ofTemplate());
    assertThat(plain.toBuilder().name("n").build().ofTemplate()).isEqualTo(plain.ofTemplate());
  }
}
