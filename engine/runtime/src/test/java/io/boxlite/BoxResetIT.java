package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A box that starts over. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
class BoxResetIT {
  private Boxlite boxlite;

  @BeforeAll
  void open() {
    boxlite = Boxlite.open();
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  @Test
  void isAsNewAndStillTheSame() {
    try (LiteBox box =
        boxlite.create(
            BoxOptions.builder()
                .name("again")
                .prepare(Command.of("sh", "-c", "echo ready > /prepared"))
                .build())) {
      String id = box.id();
      String hostname = box.exec("hostname").stdout();
      long before = box.info().hypervisorPid();
      box.exec("touch", "/trace");
      try (Execution left = box.start(Command.of("sleep", "1000"))) {
        box.reset();
        assertThat(left.await().outcome()).isEqualTo(Outcome.BOX_LOST);
      }

      assertThat(box.id()).isEqualTo(id);
      assertThat(boxlite.get("again")).containsSame(box);
      assertThat(box.info().state()).isEqualTo(BoxState.RUNNING);
      assertThat(box.exec("hostname").stdout()).isEqualTo(hostname);
      assertThat(box.exec("cat", "/prepared").stdout()).isEqualTo("ready\n");
      assertThat(box.exec("ls", "/trace").exitCode()).isEqualTo(1);
      assertThat(box.exec("ps").stdout()).doesNotContain("sleep");
      assertThat(ProcessHandle.of(before)).isEmpty();
    }
  }

  @Test
  void isWellAgainAfterItWasLost() {
    try (LiteBox box = boxlite.create(BoxOptions.builder().build())) {
      try (Execution sleep = box.start(Command.of("sleep", "60"))) {
        ProcessHandle.of(box.info().hypervisorPid()).orElseThrow().destroyForcibly();
        assertThat(sleep.await().outcome()).isEqualTo(Outcome.BOX_LOST);
      }
      box.reset();
      assertThat(box.exec("echo", "well").stdout()).isEqualTo("well\n");
    }
  }

  @Test
  void itsDiskCanBeKept(@TempDir Path directory) throws Exception {
    Path disk = directory.resolve("a disk: kept.ext4");
    try (LiteBox box = boxlite.create(BoxOptions.builder().diskMib(64).build())) {
      box.exec("sh", "-c", "echo kept > /trace");
      box.saveDisk(disk);
      assertThat(box.exec("cat", "/trace").stdout()).isEqualTo("kept\n");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> box.saveDisk(disk))
          .withMessageContaining(disk.toString());
    }
    Process debugfs =
        new ProcessBuilder("/usr/sbin/debugfs", "-R", "cat /upper/trace", disk.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(debugfs.getInputStream().readAllBytes()).asString().isEqualTo("kept\n");
  }

  @Test
  void isRefusedByABoxThatHasEnded() {
    LiteBox box = boxlite.create(BoxOptions.builder().build());
    box.close();
    assertThatIllegalStateException().isThrownBy(box::reset).withMessageContaining(box.id());
    assertThat(boxlite.get(box.id())).isEmpty();
  }
}
