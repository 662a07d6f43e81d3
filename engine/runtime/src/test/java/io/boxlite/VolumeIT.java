package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.boxlite.internal.host.FileTree;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Boxes with directories of this machine, named volumes, and file systems in memory. */
class VolumeIT extends DirectoryInBoxes {
  /** Runs a script, and returns everything that it printed, and how it ended if not with 0. */
  private static String run(LiteBox box, String script) {
    ExecResult result = box.exec("sh", "-c", script);
    String end = result.exitCode() == 0 ? "" : "exit " + result.exitCode() + "\n";
    return result.stdout() + result.stderr() + end;
  }

  @Test
  void areReadAndChanged() throws IOException {
    Files.writeString(directory.resolve("a"), "hello\n");
    try (LiteBox box = box(VolumeMode.READ_WRITE)) {
      String script =
          "cd /data && cat a && mkdir d && echo x > d/f && mv d e && ln -s e/f l && cat l"
              + " && ln e/f h && rm a && echo y >> h && sync && ls && stat -c '%a %U %h' h";
      assertThat(run(box, script)).isEqualTo("hello\nx\ne\nh\nl\n644 root 2\n");
      assertThat(directory.resolve("h")).hasContent("x\ny\n");
      assertThat(directory.resolve("a")).doesNotExist();
      assertThat(Files.readSymbolicLink(directory.resolve("l"))).isEqualTo(Path.of("e/f"));
    }
  }

  @Test
  void haveFilesOfMoreThanFourGibibytes() throws IOException {
    try (RandomAccessFile big = new RandomAccessFile(directory.resolve("big").toFile(), "rw")) {
      big.seek(5L << 30);
      big.write("end".getBytes(StandardCharsets.UTF_8));
    }
    try (LiteBox box = box(VolumeMode.READ_WRITE)) {
      assertThat(run(box, "tail -c 3 /data/big; stat -c %s /data/big"))
          .isEqualTo("end5368709123\n");
      assertThat(run(box, "printf X | dd of=/data/big bs=1 seek=5368709120 conv=notrunc 2>&1"))
          .contains("1+0 records out");
      assertThat(run(box, "truncate -s 5G /data/big && stat -c %s /data/big"))
          .isEqualTo("5368709120\n");
    }
  }

  @Test
  void canBeReadOnly() throws IOException {
    Files.writeString(directory.resolve("f"), "text");
    try (LiteBox box = box(VolumeMode.READ_ONLY)) {
      assertThat(run(box, "cat /data/f")).isEqualTo("text");
      for (String change :
          new String[] {
            "echo x > /data/f", "rm /data/f", "touch /data/n", "mkdir /data/d", "chmod 777 /data/f"
          }) {
        assertThat(run(box, change)).contains("Read-only file system");
      }
      run(box, "mount -o remount,rw /data; unshare -Urm mount -o remount,rw /data");
      assertThat(run(box, "echo x > /data/f")).contains("Read-only file system");
      assertThat(directory.toFile().list()).containsExactly("f");
      assertThat(directory.resolve("f")).hasContent("text");
    }
  }

  @Test
  void showTheNextCommandWhatWasDoneBefore() throws IOException {
    Path file = directory.resolve("f");
    try (LiteBox box = box(VolumeMode.READ_WRITE);
        BoxShell shell = box.shell()) {
      for (int i = 0; i < 10; i++) {
        assertThat(run(box, "cat /data/f /data/d/g 2>/dev/null; ls /data | wc -l"))
            .isEqualTo("0\n");
        Files.writeString(file, "one " + i + "\n");
        Files.createDirectory(directory.resolve("d"));
        Files.writeString(directory.resolve("d/g"), "two\n");
        assertThat(run(box, "cat /data/f /data/d/g")).isEqualTo("one " + i + "\ntwo\n");
        Files.writeString(file, "ONE " + i + "\n");
        assertThat(run(box, "cat /data/f")).isEqualTo("ONE " + i + "\n");
        Files.writeString(file, "TWO " + i + "\n");
        assertThat(shell.run("cat /data/f").stdout()).isEqualTo("TWO " + i + "\n");
        Files.writeString(file, "ONE " + i + "\n");
        assertThat(box.readFile("/data/f")).asString().isEqualTo("ONE " + i + "\n");
        Files.writeString(directory.resolve("new"), "three\n");
        Files.move(directory.resolve("new"), file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(run(box, "cat /data/f")).isEqualTo("three\n");
        FileTree.delete(directory.resolve("d"));
        Files.delete(file);
      }
    }
  }

  @Test
  void showARunningCommandWhatIsDoneSoonAfterwards() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "no\n");
    try (LiteBox box = box(VolumeMode.READ_ONLY);
        Execution waiting =
            box.start(
                Command.of(
                    "sh",
                    "-c",
                    "until [ -e /data/go ]; do sleep 0.1; done; while ! grep -q yes /data/f; do"
                        + " sleep 0.1; done"))) {
      assertThat(run(box, "cat /data/f; ls /data/go 2>/dev/null")).startsWith("no\n");
      Files.createFile(directory.resolve("go"));
      Files.writeString(file, "yes");
      long begin = System.nanoTime();
      assertThat(waiting.await().exitCode()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
    }
  }

  @Test
  void areSharedByBoxes() {
    try (LiteBox one = box(VolumeMode.READ_WRITE);
        LiteBox two = box(VolumeMode.READ_WRITE);
        LiteBox reader = box(VolumeMode.READ_ONLY)) {
      for (int i = 0; i < 5; i++) {
        assertThat(run(one, "echo a" + i + " >> /data/log")).isEmpty();
        assertThat(run(two, "tail -n 1 /data/log; echo b" + i + " >> /data/log"))
            .isEqualTo("a" + i + "\n");
        assertThat(run(reader, "tail -n 1 /data/log")).isEqualTo("b" + i + "\n");
      }
      assertThat(run(one, "wc -l < /data/log")).isEqualTo("10\n");
    }
  }

  @Test
  void resolveLinksInTheBox() throws Exception {
    Files.createSymbolicLink(directory.resolve("absolute"), Path.of("/etc/hostname"));
    Files.createSymbolicLink(directory.resolve("up"), Path.of("../../../../etc/hostname"));
    Files.createDirectory(directory.resolve("real"));
    Files.writeString(directory.resolve("real/f"), "inside\n");
    Path other = Files.createDirectory(boxlite.home().resolve("other"));
    Files.writeString(other.resolve("f"), "outside\n");
    Files.createSymbolicLink(directory.resolve("out"), other);
    AtomicBoolean over = new AtomicBoolean();
    Thread swapper = new Thread(() -> swap(over), "swapper");
    try (LiteBox box =
        boxlite.create(
            options()
                .hostname("inside-the-box")
                .volume(directory, "/data", VolumeMode.READ_WRITE)
                .build())) {
      assertThat(run(box, "cat /data/absolute /data/up"))
          .isEqualTo("inside-the-box\ninside-the-box\n");
      swapper.start();
      String seen =
          run(
              box,
              "i=0; while [ $i -lt 300 ]; do cat /data/d/f; i=$((i+1)); done 2>/dev/null; true");
      assertThat(seen).doesNotContain("outside");
    } finally {
      over.set(true);
      swapper.join();
      FileTree.delete(other);
    }
  }

  private void swap(AtomicBoolean over) {
    Path d = directory.resolve("d");
    try {
      while (!over.get()) {
        for (String name : new String[] {"real", "out"}) {
          Files.move(directory.resolve(name), d, StandardCopyOption.ATOMIC_MOVE);
          Thread.sleep(1);
          Files.move(d, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        }
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void haveNeitherDevicesNorFifosNorSetIdBits() throws Exception {
    assertThat(new ProcessBuilder("mkfifo", directory + "/fifo").start().waitFor()).isZero();
    Files.createFile(directory.resolve("f"));
    try (LiteBox box = box(VolumeMode.READ_WRITE)) {
      assertThat(run(box, "mkfifo /data/n")).contains("not permitted");
      assertThat(run(box, "mknod /data/n c 1 3")).contains("not permitted");
      assertThat(run(box, "chmod 4755 /data/f")).contains("not permitted");
      assertThat(run(box, "echo in > /data/fifo & cat /data/fifo")).isEqualTo("in\n");
      assertThat(directory.toFile().list()).containsExactlyInAnyOrder("f", "fifo");
    }
  }

  @Test
  void belongToTheUserOfTheBox() throws IOException {
    Files.writeString(directory.resolve("mine"), "x");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    BoxOptions options =
        options().user("65534:65533").volume(directory, "/data", VolumeMode.READ_WRITE).build();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(run(box, "stat -c '%u:%g' /data /data/mine; echo y > /data/mine"))
          .isEqualTo("65534:65533\n65534:65533\n");
      box.exec(
          Command.of("sh", "-c", "mkdir -m 700 /data/db; touch /data/db/f; chown -R 70:70 /data/db")
              .user("root"));
      assertThat(run(box, "stat -c '%u:%g %a' /data/db; ls /data/db"))
          .contains("70:70 700\n", "Permission denied");
      assertThat(box.exec(Command.of("stat", "-c", "%u:%g", "/data/db/f").user("70:70")).stdout())
          .isEqualTo("70:70\n");
    }
    try (LiteBox other = box(VolumeMode.READ_ONLY)) {
      assertThat(run(other, "stat -c '%u:%g' /data/mine /data/db/f")).isEqualTo("0:0\n70:70\n");
    }
    assertThat(Files.getAttribute(directory.resolve("db"), "unix:uid"))
        .isEqualTo(Files.getAttribute(directory, "unix:uid"));
  }

  @Test
  void failWhenTheirDirectoryIsGone() throws IOException {
    Path gone = Files.createDirectory(directory.resolve("gone"));
    Files.writeString(gone.resolve("f"), "text");
    try (LiteBox box =
        boxlite.create(options().volume(gone, "/data", VolumeMode.READ_WRITE).build())) {
      assertThat(run(box, "cat /data/f")).isEqualTo("text");
      FileTree.delete(gone);
      assertThat(run(box, "ls /data")).contains("Stale file handle", "exit 1");
      assertThat(run(box, "cat /data/f")).contains("exit 1");
      assertThat(run(box, "echo x > /data/n")).contains("exit 1");
      assertThat(run(box, "echo works")).isEqualTo("works\n");
    }
  }

  @Test
  void doNotKeepABoxFromEnding() throws IOException {
    Files.write(directory.resolve("large"), new byte[64 << 20]);
    LiteBox box = box(VolumeMode.READ_WRITE);
    Execution reading =
        box.start(Command.of("sh", "-c", "while true; do cat /data/large > /data/copy; done"));
    await().until(() -> directory.resolve("copy").toFile().exists());
    long begin = System.nanoTime();
    box.close();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    assertThat(reading.await().outcome()).isEqualTo(Outcome.BOX_LOST);
    reading.close();
    FileTree.delete(directory.resolve("copy"));
  }

  @Test
  void comeAgainAfterAResetAndAreNoPartOfTheTemplate() throws IOException {
    Files.writeString(directory.resolve("f"), "text\n");
    BoxOptions prepared =
        options().prepare(Command.of("sh", "-c", "ls /data > /seen 2>&1; true")).build();
    try (LiteBox box = boxlite.create(prepared)) {
      assertThat(box.info().origin()).isEqualTo(BoxOrigin.COLD_BOOT);
    }
    BoxOptions options =
        prepared.toBuilder()
            .volume(directory, "/data", VolumeMode.READ_WRITE)
            .tmpfs("/scratch", 8)
            .build();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(box.info().origin()).isEqualTo(BoxOrigin.TEMPLATE);
      assertThat(run(box, "cat /seen /data/f; touch /scratch/x"))
          .isEqualTo("ls: /data: No such file or directory\ntext\n");
      box.reset();
      assertThat(run(box, "cat /data/f; ls /scratch; df -m /scratch | tail -n 1"))
          .startsWith("text\n")
          .contains("tmpfs", " 8 ");
    }
  }

  @Test
  void workWithBoxesOfThePool(@TempDir Path poolHome) {
    try (Boxlite pooled =
        Boxlite.open(BoxliteOptions.builder().home(poolHome).poolSize(1).build())) {
      BoxOptions options = options().volume(directory, "/data", VolumeMode.READ_WRITE).build();
      pooled.create(options).close();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                try (LiteBox box = pooled.create(options)) {
                  assertThat(run(box, "echo x > /data/f; cat /data/f")).isEqualTo("x\n");
                  assertThat(box.info().origin()).isEqualTo(BoxOrigin.POOL);
                }
              });
    }
  }

  @Test
  void canHaveNamesAndOutliveBoxes() {
    BoxOptions options = options().volume("cache", "/var/cache/x").build();
    Volumes volumes = boxlite.volumes();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(run(box, "dd if=/dev/zero of=/var/cache/x/f bs=1k count=100 2>/dev/null"))
          .isEmpty();
      assertThat(volumes.list())
          .singleElement()
          .satisfies(
              volume -> {
                assertThat(volume.name()).isEqualTo("cache");
                assertThat(volume.bytes()).isGreaterThanOrEqualTo(100 << 10);
                assertThat(volume.inUse()).isTrue();
                assertThat(volume.directory().resolve("f")).exists();
              });
      assertThatIllegalStateException()
          .isThrownBy(() -> volumes.remove("cache"))
          .withMessageContaining("is used by a box");
    }
    try (LiteBox box = boxlite.create(options)) {
      assertThat(run(box, "mkdir -p /var/cache/x/d/e; chmod 0 /var/cache/x/d; ls /var/cache/x"))
          .isEqualTo("d\nf\n");
    }
    volumes.create("empty");
    assertThat(volumes.list()).extracting(VolumeInfo::name).containsExactly("cache", "empty");
    volumes.remove("cache");
    volumes.remove("empty");
    assertThat(volumes.list()).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> volumes.remove("cache"))
        .withMessage("there is no volume \"cache\"");
    assertThatIllegalArgumentException().isThrownBy(() -> volumes.create("../x"));
  }

  @Test
  void areReachedByCopiesAndNested() throws IOException {
    Path inner = Files.createDirectory(boxlite.home().resolve("inner"));
    Files.writeString(directory.resolve("f"), "outer\n");
    Files.writeString(inner.resolve("f"), "inner\n");
    BoxOptions options =
        options()
            .volume(inner, "/data/sub", VolumeMode.READ_ONLY)
            .volume(directory, "/data", VolumeMode.READ_WRITE)
            .workingDir("/data")
            .build();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(run(box, "pwd; cat f sub/f")).isEqualTo("/data\nouter\ninner\n");
      box.writeFile("/data/made", "made".getBytes(StandardCharsets.UTF_8));
      assertThat(directory.resolve("made")).hasContent("made");
      box.copyOut("/data", directory.resolve("copy"));
      assertThat(directory.resolve("copy/f")).hasContent("outer");
      assertThat(directory.resolve("copy/sub")).isEmptyDirectory();
    } finally {
      FileTree.delete(inner);
    }
  }

  @Test
  void sayWhatIsWrongWithThem() throws IOException {
    Path none = directory.resolve("none");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> boxlite.create(options().volume(none, "/data", VolumeMode.READ_ONLY).build()))
        .withMessageContaining("there is no directory " + none);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> boxlite.create(options().volume("a", "/x").tmpfs("/x", 1).build()))
        .withMessage("volumes and tmpfs both have an entry for /x; remove one of them");
    assertThatThrownBy(
            () ->
                boxlite.create(
                    options().volume(directory, "/bin/busybox", VolumeMode.READ_ONLY).build()))
        .isInstanceOf(BoxStartException.class)
        .hasMessageContaining("cannot mount the volume /bin/busybox")
        .hasMessageContaining("something other than a directory is in the way");
    assertThat(boxlite.list()).isEmpty();
  }
}
