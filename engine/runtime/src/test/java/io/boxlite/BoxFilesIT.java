package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Boxes that have files from their start. */
@Timeout(300)
class BoxFilesIT {
  @RegisterExtension static final TestBoxlite boxlite = new TestBoxlite();

  @TempDir private Path directory;

  private static BoxOptions.Builder small() {
    return BoxOptions.builder().memoryMib(256);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void haveThemBeforeTheirCommandsRunWithModesAndOwners() throws IOException {
    Path tool = Files.createDirectories(directory.resolve("tool/bin"));
    Files.writeString(tool.resolve("run"), "#!/bin/sh\necho ran\n");
    assertThat(tool.resolve("run").toFile().setExecutable(true)).isTrue();
    Files.writeString(directory.resolve("tool/data"), "1\n");
    Files.createSymbolicLink(directory.resolve("tool/link"), Path.of("data"));
    BoxOptions options =
        small()
            .files(
                BoxFile.of(directory.resolve("tool"), "/opt/"),
                BoxFile.of(bytes("mine\n"), "/srv/mine")
                    .attributes(FileAttributes.unchanged().owner("65534:65534").mode(0600)))
            .prepare(Command.of("sh", "-c", "/opt/tool/bin/run > /srv/output"))
            .build();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(box.exec("cat", "/srv/output", "/srv/mine", "/opt/tool/link").stdout())
          .isEqualTo("ran\nmine\n1\n");
      assertThat(
              box.exec(
                      "stat",
                      "-c",
                      "%a %u %n",
                      "/opt/tool",
                      "/opt/tool/bin/run",
                      "/opt/tool/data",
                      "/srv/mine")
                  .stdout())
          .isEqualTo(
              "755 0 /opt/tool\n755 0 /opt/tool/bin/run\n644 0 /opt/tool/data\n"
                  + "600 65534 /srv/mine\n");
    }
  }

  @Test
  void startFromATemplateUntilAFileChanges() throws IOException {
    Path file = Files.writeString(directory.resolve("a.txt"), "one");
    BoxOptions options = small().files(BoxFile.of(file, "/a.txt")).build();
    try (LiteBox first = boxlite.create(options);
        LiteBox second = boxlite.create(options)) {
      assertThat(first.info().origin()).isEqualTo(BoxOrigin.COLD_BOOT);
      assertThat(second.info().origin()).isEqualTo(BoxOrigin.TEMPLATE);
      assertThat(second.readFile("/a.txt")).asString().isEqualTo("one");
    }
    Files.writeString(file, "two");
    try (LiteBox third = boxlite.create(options)) {
      assertThat(third.info().origin()).isEqualTo(BoxOrigin.COLD_BOOT);
      assertThat(third.readFile("/a.txt")).asString().isEqualTo("two");
    }
  }

  @Test
  void needNoShellInTheirImage() throws Exception {
    Path empty = directory.resolve("empty.tar");
    Path root = directory.resolve("root");
    Files.createDirectories(root.resolve("etc"));
    Process tar =
        new ProcessBuilder("tar", "-cf", empty.toString(), "-C", root.toString(), ".").start();
    assertThat(tar.waitFor()).isZero();
    BoxOptions options =
        small().image("rootfs:" + empty).files(BoxFile.of(bytes("hi"), "/srv/greeting")).build();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(box.readFile("/srv/greeting")).asString().isEqualTo("hi");
    }
  }

  @Test
  void sayWhichFileHasNoRoom() {
    BoxOptions options = small().diskMib(16).files(BoxFile.of(new byte[32 << 20], "/big")).build();
    assertThatThrownBy(() -> boxlite.create(options))
        .isInstanceOf(BoxStartException.class)
        .hasMessageContaining("the box cannot be prepared: cannot write /big in box");
  }

  @Test
  void putTheContentOfADirectoryOverTheRootOfTheBox() throws IOException {
    Files.createDirectories(directory.resolve("etc"));
    Files.writeString(directory.resolve("etc/own"), "own");
    BoxOptions options =
        small().read(BoxOption.FILES, List.of(". -> /"), OptionContext.of(directory)).build();
    try (LiteBox box = boxlite.create(options)) {
      assertThat(box.readFile("/etc/own")).asString().isEqualTo("own");
      assertThat(box.exec("stat", "-c", "%a", "/").stdout()).isEqualTo("755\n");
    }
  }
}
