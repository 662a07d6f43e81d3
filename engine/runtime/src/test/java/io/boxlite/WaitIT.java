package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What boxes wait for before they count as ready. */
@Timeout(300)
class WaitIT {
  private static final Duration SHORT = Duration.ofSeconds(4);

  @RegisterExtension static final TestBoxlite boxlite = new TestBoxlite();

  private static BoxOptions.Builder running(String script) {
    return BoxOptions.builder().memoryMib(256).startCommand(Command.of("sh", "-c", script));
  }

  private static String get(LiteBox box, int port, String path) throws Exception {
    try (GuestConnection connection = box.network().connect(port)) {
      connection.output().write(("GET " + path + " HTTP/1.0\r\n\r\n").getBytes());
      return new String(connection.input().readAllBytes());
    }
  }

  @Test
  void aServerThatStartsSlowlyIsReadyInEachBox() throws Exception {
    BoxOptions options =
        running(
                "mkdir /www; echo hello > /www/index.html; sleep 1; echo starting;"
                    + " exec httpd -f -p 8080 -h /www")
            .waitFor(
                Wait.port(8080),
                Wait.http("/index.html", 8080).status(200),
                Wait.output("starting"),
                Wait.exec("wget", "-q", "-O", "-", "http://127.0.0.1:8080/"))
            .build();
    try (LiteBox first = boxlite.create(options);
        LiteBox second = boxlite.create(options)) {
      assertThat(second.info().origin()).isEqualTo(BoxOrigin.TEMPLATE);
      for (LiteBox box : new LiteBox[] {first, second}) {
        assertThat(get(box, 8080, "/")).startsWith("HTTP/1.").endsWith("hello\n");
        assertThat(box.mainCommand().orElseThrow().isRunning()).isTrue();
      }
      boxlite.templates().make(options.toBuilder().waitFor(Wait.port(8080).timeout(SHORT)).build());
    }
  }

  @Test
  void aPreparedServerCanBeWaitedForWithoutAMainCommand() throws Exception {
    BoxOptions options =
        BoxOptions.builder()
            .memoryMib(256)
            .prepare(Command.of("sh", "-c", "(sleep 0.5; httpd -f -p 80 -h /etc) &"))
            .waitFor(Wait.http("/passwd", 80))
            .build();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(get(box, 80, "/passwd")).contains("root:");
    }
  }

  @Test
  void aPortOnWhichNobodyListensIsTold() {
    assertNotReady(
        running("echo I listen to nobody; sleep 1000").waitFor(Wait.port(81).timeout(SHORT)),
        "the box is not ready: \"port:81\" did not hold within 4 s; the last answer: connection"
            + " refused: no program of the box listens on the port; the main command `sh -c",
        "` is running; its standard output ends:\nI listen to nobody");
  }

  @Test
  void aStatusThatDoesNotCountIsTold() {
    assertNotReady(
        running("exec httpd -f -p 80 -h /etc").waitFor(Wait.http("/none", 80).timeout(SHORT)),
        "\"http:80/none\" did not hold within 4 s; the last answer: status 404");
  }

  @Test
  void aServerThatSpeaksNoHttpIsTold() {
    assertNotReady(
        running("while true; do echo 220 ready | nc -l -p 25; done")
            .waitFor(Wait.http("/", 25).timeout(SHORT)),
        "\"http:25/\" did not hold within 4 s; the last answer: ");
  }

  @Test
  void aTextThatIsMissingOrRareIsTold() {
    assertNotReady(
        running("echo ready; sleep 1000").waitFor(Wait.output("ready").times(2).timeout(SHORT)),
        "\"output:ready (2 times)\" did not hold within 4 s; the last answer: the text was written"
            + " 1 times");
  }

  @Test
  void aCommandThatFailsIsTold() {
    assertNotReady(
        running("sleep 1000")
            .waitFor(Wait.exec("sh", "-c", "echo not yet >&2; exit 2").timeout(SHORT)),
        "did not hold within 4 s; the last answer: EXITED with exit code 2, saying: not yet");
  }

  @Test
  void aMainCommandThatEndsIsToldAtOnce() {
    long begin = System.nanoTime();
    assertNotReady(
        running("echo working; echo no disk >&2; exit 5")
            .waitFor(Wait.port(80).timeout(Duration.ofMinutes(10))),
        "` ended with EXITED and exit code 5 before \"port:80\" held",
        "its standard output ends:\nworking",
        "its standard error ends:\nno disk");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMinutes(2));
  }

  @Test
  void aProgramThatDoesNotExistIsToldAtOnce() {
    assertNotReady(
        BoxOptions.builder()
            .memoryMib(256)
            .startCommand(Command.of("postgres"))
            .waitFor(Wait.port(5432)),
        "the main command `postgres` ended with EXITED and exit code 127 before",
        "postgres: command not found");
  }

  private static void assertNotReady(BoxOptions.Builder options, String... messages) {
    assertThatThrownBy(() -> boxlite.create(options.build()))
        .isInstanceOf(BoxStartException.class)
        .message()
        .contains(messages);
    assertThat(boxlite.list()).isEmpty();
  }
}
