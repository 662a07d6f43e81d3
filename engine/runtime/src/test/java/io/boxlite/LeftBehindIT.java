package io.boxlite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a program leaves behind outside of files goes with it. */
@Timeout(180)
class LeftBehindIT extends OneBox {
  private static final int BOX_MIB = 160;

  /** More than a box has beside one that has not given back as much. */
  private static final String MOST_MIB = "100";

  private static final String NOTHING = "0 0 0 No such file or directory\n";

  LeftBehindIT() {
    super(BoxOptions.builder().memoryMib(BOX_MIB).diskMib(64).build());
  }

  @BeforeAll
  void create(@TempDir Path directory) {
    box.copyIn(CProgram.compile("leftover", directory), "/leftover");
  }

  @Test
  void sharedMemorySemaphoresAndMessageQueues() {
    for (int i = 0; i < 3; i++) {
      ExecResult result = box.exec("/leftover", "ipc", MOST_MIB);
      assertThat(result.stdout()).as("%s", result).isEqualTo("made all\n");
      assertThat(box.exec("/leftover", "list").stdout()).isEqualTo(NOTHING);
      assertThat(box.exec("/leftover", "eat", MOST_MIB).outcome()).isEqualTo(Outcome.EXITED);
    }
  }

  @Test
  void sharedMemoryOfAProgramIsItsOwn() throws Exception {
    String script = "/leftover ipc 1 1; /leftover list; read line; /leftover list";
    try (Execution other = box.start(Command.of("sh", "-c", script))) {
      byte[] made = "made all\n1 1 1 a queue\n".getBytes(UTF_8);
      assertThat(other.stdout().readNBytes(made.length)).isEqualTo(made);
      assertThat(box.exec("/leftover", "list").stdout()).isEqualTo(NOTHING);
      assertThat(box.exec("/leftover", "ipc", "20", "1").stdout()).isEqualTo("made all\n");
      other.stdin().write('\n');
      assertThat(other.stdout().readAllBytes()).asString().isEqualTo("1 1 1 a queue\n");
    }
  }

  @Test
  void networkNamespaces() {
    for (int i = 0; i < 2; i++) {
      ExecResult result = box.exec("/leftover", "net", "2000");
      assertThat(result.stdout()).as("%s", result).startsWith("made ");
      ExecResult next = box.exec("/leftover", "eat", MOST_MIB);
      assertThat(next.outcome()).as("%s", next).isEqualTo(Outcome.EXITED);
    }
  }

  @Test
  void ipcNamespaces() {
    ExecResult result = box.exec("/leftover", "ipcs", "100000");
    assertThat(result.stdout()).as("%s", result).startsWith("made ");
    assertThat(box.exec("/leftover", "list").stdout()).isEqualTo(NOTHING);
  }

  @Test
  void filesStay() {
    box.exec("sh", "-c", "echo kept | tee /tmp/file /dev/shm/file");
    assertThat(box.exec("cat", "/tmp/file", "/dev/shm/file").stdout()).isEqualTo("kept\nkept\n");
  }
}
