package io.boxlite;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes that several boxes use at the same time, with locks. */
class SharedVolumeIT extends DirectoryInBoxes {
  @TempDir private static Path programs;

  @BeforeAll
  static void compile() {
    CProgram.compile("locks", programs);
  }

  @Override
  BoxOptions.Builder options() {
    return super.options().volume(programs, "/programs", VolumeMode.READ_ONLY);
  }

  private static Command locks(String kind, String what, String... more) {
    return Command.of("/programs/locks", kind, what, "/data/f").withArguments(more);
  }

  /** Starts a program that holds the lock. */
  private static Execution holder(LiteBox box, String kind) throws IOException {
    Execution holder = box.start(locks(kind, "hold"));
    assertThat(holder.stdout().readNBytes(5)).asString(US_ASCII).isEqualTo("held\n");
    return holder;
  }

  private static String attempt(LiteBox box, String kind) {
    ExecResult result = box.exec(locks(kind, "try"));
    return result.stdout() + result.stderr();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fcntl", "flock"})
  void countersOfTwoBoxesAddUp(String kind) {
    try (LiteBox one = box(VolumeMode.SHARED);
        LiteBox two = box(VolumeMode.SHARED);
        Execution first = one.start(locks(kind, "count", "100"));
        Execution second = two.start(locks(kind, "count", "100"));
        Execution third = two.start(locks(kind, "count", "100"))) {
      for (Execution each : new Execution[] {first, second, third}) {
        ExecResult result = each.await();
        assertThat(result.outcome()).as("%s", result).isEqualTo(Outcome.EXITED);
        assertThat(result.stderr()).isEmpty();
      }
      assertThat(directory.resolve("f")).hasContent("00000300\n");
      assertThat(one.exec("cat", "/data/f").stdout()).isEqualTo("00000300\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fcntl", "flock"})
  void aLockHoldsInAllBoxesAndEndsWithItsProcess(String kind) throws Exception {
    try (LiteBox one = box(VolumeMode.SHARED);
        LiteBox two = box(VolumeMode.SHARED)) {
      try (Execution holder = holder(one, kind);
          Execution waiting = two.start(locks(kind, "hold"))) {
        assertThat(attempt(one, kind)).isEqualTo("busy\n");
        assertThat(attempt(two, kind)).isEqualTo("busy\n");
        holder.kill();
        assertThat(waiting.stdout().readNBytes(5)).asString(US_ASCII).isEqualTo("held\n");
        assertThat(attempt(one, kind)).isEqualTo("busy\n");
      }
      await().untilAsserted(() -> assertThat(attempt(one, kind)).isEqualTo("free\n"));
      assertThat(attempt(two, kind)).as("after one that has exited").isEqualTo("free\n");
    }
  }

  @Test
  void aLockEndsWithItsBox() throws Exception {
    try (LiteBox one = box(VolumeMode.SHARED);
        LiteBox two = box(VolumeMode.SHARED);
        Execution holder = holder(one, "fcntl");
        Execution waiting = two.start(locks("fcntl", "hold"))) {
      ProcessHandle.of(one.info().hypervisorPid()).orElseThrow().destroyForcibly();
      assertThat(holder.await().outcome()).isEqualTo(Outcome.BOX_LOST);
      assertThat(waiting.stdout().readNBytes(5))
          .as("the lost box is not closed yet")
          .asString(US_ASCII)
          .isEqualTo("held\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fcntl", "flock"})
  void aProgramThatWaitsForALockCanBeEnded(String kind) throws Exception {
    try (LiteBox one = box(VolumeMode.SHARED);
        LiteBox two = box(VolumeMode.SHARED);
        Execution holder = holder(one, kind)) {
      long begin = System.nanoTime();
      ExecResult result = two.exec(locks(kind, "hold").timeout(Duration.ofSeconds(1)));
      assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
      Execution waiting = two.start(locks(kind, "hold"));
      begin = System.nanoTime();
      two.close();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
      assertThat(waiting.await().outcome()).isEqualTo(Outcome.BOX_LOST);
      waiting.close();
      assertThat(attempt(one, kind)).isEqualTo("busy\n");
      holder.kill();
      await().untilAsserted(() -> assertThat(attempt(one, kind)).isEqualTo("free\n"));
    }
  }

  @Test
  void aLockHoldsWithProgramsOfThisMachine() throws Exception {
    Path file = Files.createFile(directory.resolve("f"));
    try (LiteBox box = box(VolumeMode.SHARED);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      try (FileLock lock = channel.lock()) {
        assertThat(lock.isValid()).isTrue();
        assertThat(attempt(box, "fcntl")).isEqualTo("busy\n");
      }
      try (Execution holder = holder(box, "fcntl")) {
        assertThat(holder.id()).isNotEmpty();
        assertThat(channel.tryLock()).isNull();
      }
    }
  }

  @Test
  void aProgramSeesAtOnceWhatOthersHaveDone() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "0\n");
    try (LiteBox box = box(VolumeMode.SHARED);
        Execution reader =
            box.start(
                Command.of(
                    "sh",
                    "-c",
                    "cd /data; while read x; do cat f; stat -c %s f; ls g; done 2>&1"))) {
      for (int i = 1; i <= 5; i++) {
        reader.stdin().write('\n');
        reader.stdin().flush();
        String expected = Files.readString(file) + Files.size(file) + "\n";
        expected += i % 2 == 0 ? "g\n" : "ls: g: No such file or directory\n";
        assertThat(reader.stdout().readNBytes(expected.length()))
            .asString(US_ASCII)
            .isEqualTo(expected);
        Files.writeString(file, "1".repeat(i) + "\n");
        if (i % 2 == 1) {
          Files.createFile(directory.resolve("g"));
        } else {
          Files.delete(directory.resolve("g"));
        }
      }
    }
  }

  @Test
  void inTheOtherModesALockHoldsInItsBoxOnly() throws Exception {
    try (LiteBox one = box(VolumeMode.READ_WRITE);
        LiteBox two = box(VolumeMode.READ_WRITE);
        Execution holder = holder(one, "fcntl")) {
      assertThat(holder.id()).isNotEmpty();
      assertThat(attempt(one, "fcntl")).isEqualTo("busy\n");
      assertThat(attempt(two, "fcntl")).isEqualTo("free\n");
    }
  }

  @Test
  void programsRunFromASharedVolume() throws Exception {
    CProgram.compile("locks", directory);
    try (LiteBox box = box(VolumeMode.SHARED)) {
      ExecResult result = box.exec("/data/locks", "flock", "try", "/data/f");
      assertThat(result.stdout()).as("%s", result).isEqualTo("free\n");
      assertThat(box.exec("sh", "-c", "cp /data/locks /data/copy && cmp /data/locks /data/copy"))
          .satisfies(copied -> assertThat(copied.exitCode()).isZero());
    }
  }
}
