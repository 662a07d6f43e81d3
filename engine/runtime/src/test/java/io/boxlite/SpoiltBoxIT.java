package io.boxlite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a program makes of the files of its box, the next command runs. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
class SpoiltBoxIT {
  private Boxlite boxlite;

  @BeforeAll
  void open() {
    boxlite = Boxlite.open();
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rm /dev/null; mkfifo /dev/null",
        "rm /dev/null; mkdir /dev/null",
        "rm /dev/null; echo not empty > /dev/null",
        "chmod 0 /dev/stdin /dev/pts/ptmx; chmod 0 /dev/stdout",
        "rm -rf /dev/*",
        "rm /etc/passwd /etc/group",
        "rm /etc/passwd /etc/group; mkfifo /etc/passwd /etc/group",
        "rm /etc/passwd /etc/group; mkdir /etc/passwd /etc/group",
        "ln -sf /dev/zero /etc/passwd; ln -sf /dev/zero /etc/group",
        "ln -sf /dev/tty /etc/passwd; ln -sf /dev/pts/ptmx /etc/group",
        "yes | head -c 5000000 > /etc/passwd; yes | head -c 5000000 > /etc/group",
        "printf 'root:x:0:0:root:/a\\\\0b:/bin/sh\\\\n' > /etc/group",
      })
  void theNextCommandRuns(String script) {
    try (LiteBox box = boxlite.create(BoxOptions.builder().build())) {
      ExecResult spoiling = box.exec("sh", "-c", script);
      assertThat(spoiling.outcome()).as("%s", spoiling).isEqualTo(Outcome.EXITED);
      for (String user : new String[] {"root", "0:0", "1234", "1234:5678", "nobody"}) {
        ExecResult result = box.exec(Command.of("wc", "-c").user(user));
        assertThat(result.exitCode()).as("%s", result).isZero();
        assertThat(result.stdout()).isEqualTo("0\n");
      }
      ExecResult terminal = box.exec(Command.of("stty", "size").tty(33, 77));
      assertThat(terminal.exitCode()).as("%s", terminal).isZero();
      assertThat(terminal.stdout()).isEqualTo("33 77\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/passwd", "/etc/group", "/tmp/busybox", "/bin/sh"})
  void aLeaseHoldsNobodyUpForLong(String file, @TempDir Path directory) throws IOException {
    try (LiteBox box = boxlite.create(BoxOptions.builder().build())) {
      box.exec(
          "sh", "-c", "cp /bin/busybox /tmp/busybox; cp --remove-destination /bin/busybox /bin/sh");
      box.copyIn(CProgram.compile("leftover", directory), "/leftover");
      try (Execution holder = box.start(Command.of("/leftover", "lease", file))) {
        assertThat(holder.stdout().readNBytes(7)).asString(UTF_8).isEqualTo("leased\n");
        Command command = Command.of("/tmp/busybox", "sh", "-c", "/bin/sh -c id").user("nobody");
        ExecResult result = box.exec(command);
        assertThat(result.stdout()).as("%s", result).startsWith("uid=65534");
        assertThat(box.readFile(file)).isNotEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a\\000b", "relative", ""})
  void aHomeThatIsNoneIsNoReasonNotToRun(String home) {
    try (LiteBox box = boxlite.create(BoxOptions.builder().build())) {
      box.exec("sh", "-c", "printf 'root:x:0:0:root:" + home + ":/bin/sh\\n' > /etc/passwd");
      assertThat(box.exec("echo", "there").stdout()).isEqualTo("there\n");
    }
  }
}
