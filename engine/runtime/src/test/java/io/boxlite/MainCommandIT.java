package io.boxlite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.internal.image.TestLayout;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The main command of boxes, with and without something to wait for. */
@Timeout(300)
class MainCommandIT {
  /** Writes how often it has run its loop to a file, so that a test can see it go on. */
  private static final String COUNTER =
      "n=0; echo started; while [ $n -lt 1000 ]; do n=$((n+1)); echo $n > /count; sleep 0.05; done";

  @RegisterExtension static final TestBoxlite boxlite = new TestBoxlite();

  private static BoxOptions.Builder running(String script) {
    return BoxOptions.builder().memoryMib(256).startCommand(shell(script));
  }

  private static Command shell(String script) {
    return Command.of("sh", "-c", script);
  }

  private static MainCommand main(LiteBox box) {
    return box.mainCommand().orElseThrow();
  }

  private static int number(LiteBox box, String file) {
    return Integer.parseInt(box.exec("cat", file).stdout().strip());
  }

  @Test
  void theCommandOfTheTemplateContinuesInEachBoxWithItsOutput() throws Exception {
    BoxOptions options = running(COUNTER).waitFor(Wait.output("started")).build();
    try (LiteBox first = boxlite.create(options);
        LiteBox second = boxlite.create(options)) {
      assertThat(first.info().origin()).isEqualTo(BoxOrigin.COLD_BOOT);
      assertThat(second.info().origin()).isEqualTo(BoxOrigin.TEMPLATE);
      for (LiteBox box : new LiteBox[] {first, second}) {
        assertThat(main(box).stdout()).as("written once, by the template").isEqualTo("started\n");
        assertThat(main(box).isRunning()).isTrue();
        assertThat(main(box).result()).isEmpty();
        int count = number(box, "/count");
        Thread.sleep(1000);
        assertThat(number(box, "/count")).isGreaterThan(count);
      }
      first.mainCommand().orElseThrow().kill();
      ExecResult killed = main(first).onExit().get(30, TimeUnit.SECONDS);
      assertThat(killed.outcome()).isEqualTo(Outcome.SIGNALED);
      assertThat(killed.signal()).isEqualTo(9);
      assertThat(killed.stdout()).isEqualTo("started\n");
      assertThat(killed.wallTime()).isBetween(Duration.ofMillis(500), Duration.ofMinutes(4));
      assertThat(killed.cpuTime()).isPositive();
      assertThat(first.exec("true").exitCode()).as("the box is still there").isZero();
      assertThat(main(second).isRunning()).isTrue();
      second.reset();
      assertThat(main(second).stdout()).isEqualTo("started\n");
    }
  }

  @Test
  void itsOutputIsFollowedAndItsEndIsNoticed() throws Exception {
    BoxOptions options =
        running(
                "echo ready; while [ ! -e /go ]; do sleep 0.02; done; cat /go; echo bad >&2; exit"
                    + " 3")
            .waitFor(Wait.output("ready"))
            .build();
    boxlite.templates().make(options);
    try (LiteBox box = boxlite.create(options);
        BufferedReader output =
            new BufferedReader(new InputStreamReader(main(box).followStdout(), UTF_8))) {
      assertThat(output.readLine()).isEqualTo("ready");
      box.writeFile("/go", "one\ntwo\n".getBytes(UTF_8));
      assertThat(output.readLine()).isEqualTo("one");
      assertThat(output.readLine()).isEqualTo("two");
      assertThat(output.readLine()).isNull();
      ExecResult result = main(box).onExit().get(30, TimeUnit.SECONDS);
      assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
      assertThat(result.exitCode()).isEqualTo(3);
      assertThat(result.stdout()).isEqualTo("ready\none\ntwo\n");
      assertThat(result.stderr()).isEqualTo("bad\n");
      assertThat(main(box).isRunning()).isFalse();
      assertThat(main(box).result()).contains(result);
      main(box).kill(); // has no effect
      assertThat(box.info().state()).isEqualTo(BoxState.RUNNING);
      assertThat(new String(main(box).followStderr().readAllBytes(), UTF_8)).isEqualTo("bad\n");
    }
  }

  @Test
  void aCommandThatEndedInTheTemplateHasEndedInEachBox() {
    BoxOptions options = running("echo done; exit 7").build();
    boxlite.templates().make(options);
    for (int i = 0; i < 2; i++) {
      try (LiteBox box = boxlite.create(options)) {
        ExecResult result = main(box).onExit().join();
        assertThat(result.exitCode()).isEqualTo(7);
        assertThat(result.stdout()).isEqualTo("done\n");
        assertThat(main(box).isRunning()).isFalse();
      }
    }
  }

  @Test
  void theEndOfAFloodIsKeptAndTheCommandIsNotStalled() throws Exception {
    BoxOptions options =
        running(
                "i=0; while [ $i -lt 40 ]; do head -c 100000 /dev/zero | tr '\\0' x; i=$((i+1));"
                    + " done; echo; echo last; touch /done; sleep 1000")
            .waitFor(Wait.exec("test", "-e", "/done").timeout(Duration.ofMinutes(2)))
            .build();
    boxlite.templates().make(options);
    try (LiteBox box = boxlite.create(options)) {
      MainCommand main = main(box);
      assertThat(main.stdout()).hasSize(1 << 20).startsWith("xxx").endsWith("xxx\nlast\n");
      assertThat(main.stdoutTruncated()).isTrue();
      assertThat(main.stderrTruncated()).isFalse();
      assertThat(main.isRunning()).isTrue();
      assertThat(main.followStdout().readNBytes(3)).asString().isEqualTo("xxx");
    }
  }

  @Test
  void itsWholeTreeEndsWithItAndItsLimitsApply() throws Exception {
    BoxOptions options =
        BoxOptions.builder()
            .memoryMib(256)
            .startCommand(
                shell("sleep 1000 & while [ ! -e /grow ]; do sleep 0.02; done; exec tail /dev/zero")
                    .memoryMib(32)
                    .maxProcesses(5))
            .waitFor(Wait.exec("pidof", "sleep"))
            .build();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(box.exec("pidof", "sleep").exitCode()).isZero();
      box.writeFile("/grow", new byte[0]);
      ExecResult result = main(box).onExit().get(60, TimeUnit.SECONDS);
      assertThat(result.outcome()).isEqualTo(Outcome.OUT_OF_MEMORY);
      assertThat(box.exec("pidof", "sleep").exitCode()).isNotZero();
    }
  }

  @Test
  void itIsLostWithItsBox() throws Exception {
    LiteBox box = boxlite.create(running("echo up; sleep 1000").build());
    MainCommand main = main(box);
    box.close();
    ExecResult result = main.onExit().get(30, TimeUnit.SECONDS);
    assertThat(result.outcome()).isEqualTo(Outcome.BOX_LOST);
    assertThat(main.result()).contains(result);
    assertThatThrownBy(() -> main.followStdout().readAllBytes()).isInstanceOf(IOException.class);
    assertThat(main(box).result()).as("as info() remains available").contains(result);
  }

  @Test
  void aBoxThatIsStoppedLetsItEnd() {
    LiteBox box =
        boxlite.create(
            running("trap 'echo bye; exit 4' TERM; echo up; while :; do sleep 0.05; done")
                .waitFor(Wait.output("up"))
                .build());
    try (box) {
      box.stop();
      ExecResult result = main(box).result().orElseThrow();
      assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
      assertThat(result.exitCode()).isEqualTo(4);
      assertThat(result.stdout()).isEqualTo("up\nbye\n");
      box.stop(); // has no effect
    }
    assertThat(main(box).stdout()).isEqualTo("up\nbye\n");
  }

  @Test
  void oneThatDoesNotEndIsKilledAfterItsGrace() {
    BoxOptions options =
        running("trap 'echo no' TERM; echo up; while :; do sleep 0.05; done")
            .waitFor(Wait.output("up"))
            .build();
    boxlite.templates().make(options);
    try (LiteBox box = boxlite.create(options)) {
      long begin = System.nanoTime();
      box.stop(Duration.ofSeconds(1));
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(9));
      assertThat(main(box).stdout()).isEqualTo("up\nno\n");
      assertThat(main(box).result().orElseThrow().outcome()).isEqualTo(Outcome.BOX_LOST);
    }
    try (LiteBox box = boxlite.create(options)) {
      box.stop(Duration.ZERO);
      assertThat(main(box).stdout()).as("not asked").isEqualTo("up\n");
    }
    try (LiteBox box = boxlite.create(options)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> box.stop(Duration.ofMillis(-1)))
          .withMessage("grace is PT-0.001S; it must be zero or more and at most PT168H");
      assertThat(box.info().state()).isEqualTo(BoxState.RUNNING);
      Thread.currentThread().interrupt();
      box.stop(Duration.ofMinutes(4)); // would exceed the time limit of this test
      assertThat(Thread.interrupted()).isTrue();
      assertThat(box.info().state()).isEqualTo(BoxState.STOPPED);
    }
  }

  @Test
  void aBoxThatIsClosedWhileItIsStoppedDoesNotWaitForIt() throws Exception {
    try (LiteBox box = boxlite.create(running("echo up; sleep 1000").build())) {
      main(box).signal(19); // SIGSTOP
      Thread closer = new Thread(box::close);
      long begin = System.nanoTime();
      closer.start();
      box.stop(Duration.ofMinutes(4));
      closer.join();
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .as("close() does not wait, and ends the wait of stop()")
          .isLessThan(Duration.ofMinutes(1));
    }
  }

  @Test
  void itHasTheEnvironmentUserAndDirectoryOfTheBox() {
    BoxOptions options =
        running("echo $NAME; id -un; pwd")
            .env("NAME", "x y")
            .user("nobody")
            .workingDir("/srv")
            .build();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(main(box).onExit().join().stdout()).isEqualTo("x y\nnobody\n/srv\n");
      assertThat(main(box).command()).isEqualTo(options.startCommand().get().command().get());
    }
  }

  /** With an entrypoint that execs its arguments, as many images have. */
  @Test
  void theEntrypointAndCommandOfAnImageAreItsMainCommand(@TempDir Path directory) throws Exception {
    TestLayout layout = new TestLayout(directory.resolve("layout"));
    try (InputStream busybox =
        MainCommandIT.class.getResourceAsStream(
            "/io/boxlite/guest/linux-x86_64/default-image.tar")) {
      layout.layer(Objects.requireNonNull(busybox).readAllBytes());
    }
    layout.execution(
        """
        {"Entrypoint": ["sh", "-c", "echo $GREETING in $PWD as $(id -un); exec \\"$@\\"", "entry"],
         "Cmd": ["httpd", "-f", "-v", "-p", "8080", "-h", "/etc"],
         "Env": ["GREETING=hello", "PATH=/bin:/sbin:/usr/bin:/usr/sbin"],
         "User": "nobody", "WorkingDir": "/tmp", "StopSignal": "SIGUSR1"}\
        """);
    layout.index(layout.manifest());
    BoxOptions options =
        BoxOptions.image("oci:" + directory.resolve("layout"))
            .memoryMib(256)
            .startCommand()
            .waitFor(Wait.http("/passwd", 8080))
            .build();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(main(box).stdout()).isEqualTo("hello in /tmp as nobody\n");
      assertThat(main(box).command().argv()).startsWith("sh", "-c").endsWith("-h", "/etc");
      assertThat(box.exec("wget", "-qO-", "http://127.0.0.1:8080/hostname").exitCode()).isZero();
      box.stop();
      ExecResult stopped = main(box).result().orElseThrow();
      assertThat(stopped.outcome()).isEqualTo(Outcome.SIGNALED);
      assertThat(stopped.signal()).as("the image's StopSignal").isEqualTo(10);
    }
  }

  @Test
  void aBoxWithoutAMainCommandHasNone() {
    try (LiteBox box = boxlite.create(BoxOptions.builder().memoryMib(256).build())) {
      assertThat(box.mainCommand()).isEmpty();
    }
  }

  @Test
  void anImageWithoutACommandIsRefused() {
    BoxOptions options = BoxOptions.builder().memoryMib(256).startCommand().build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> boxlite.create(options))
        .withMessageContaining("has neither an entrypoint nor a command; name one");
  }

  @Test
  void aUserThatDoesNotExistIsRefused() {
    BoxOptions options =
        BoxOptions.builder()
            .memoryMib(256)
            .startCommand(Command.of("true").user("nobody-knows"))
            .build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> boxlite.create(options))
        .withMessageContaining("nobody-knows");
  }
}
