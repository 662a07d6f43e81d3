package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images with links, files and FIFOs where a system has directories: their boxes start, and are as
 * closed as any other.
 */
@Timeout(180)
class OddImageIT {
  private static final String PLACES =
      "for place in /proc /sys /dev /tmp /etc; do [ -L $place ] && echo $place is a link || stat -c"
          + " '%n %F %a' $place; done; cat /proc/sys/kernel/core_pattern /etc/hostname; [ -c"
          + " /dev/null ] && [ -d /dev/fd/ ] && [ -d /sys/fs/cgroup/boxlite ] && echo all there";

  @TempDir Path directory;

  @Test
  void linksThatLeadAstray() {
    TarBuilder layer =
        new TarBuilder()
            .directory("dev/x/")
            .symlink("proc", "/dev/x")
            .symlink("sys", "proc")
            .symlink("tmp", "/nowhere/at/all")
            .symlink("etc", "/config")
            .file("config/passwd", "root:x:0:0::/:/bin/sh\nsomeone:x:77:77::/:/bin/sh\n")
            .directory("config/hostname/")
            .file("config/hostname/below", "")
            .member("config/hosts", '6', 0644, 0, "")
            .symlink("config/machine-id", "/dev/zero")
            .symlink("config/resolv.conf", "../run/systemd/resolve/none");
    try (Boxlite boxlite = Boxlite.open();
        LiteBox box = boxlite.create(boxOf(layer))) {
      assertThat(box.exec("sh", "-c", PLACES).stdout())
          .isEqualTo(
              """
              /proc directory 555
              /sys directory 555
              /dev directory 755
              /tmp directory 1777
              /etc is a link
              core
              odd
              all there
              """);
      ExecResult identity =
          box.exec(
              Command.of("sh", "-c", "id -u; cat /etc/hosts /etc/resolv.conf /etc/machine-id")
                  .user("someone"));
      assertThat(identity.stdout()).startsWith("77\n127.0.0.1\tlocalhost\n").contains("\todd\n");
      assertThat(identity.stdout().lines().reduce((before, last) -> last).orElseThrow())
          .matches("[0-9a-f]{32}");

      box.copyIn(CProgram.compile("roads", directory), "/roads");
      assertThat(box.exec("/roads").stdout().lines())
          .contains("all roads tried")
          .contains("namespaces: mount proc : Operation not permitted")
          .noneMatch(road -> road.endsWith("OPEN"));
    }
  }

  @Test
  void filesAndFifosAndLoops() {
    TarBuilder layer =
        new TarBuilder()
            .member("proc", '6', 0644, 0, "")
            .file("sys", "a file")
            .symlink("dev", "tmp")
            .symlink("tmp", "tmp")
            .symlink("etc", "/proc/self");
    try (Boxlite boxlite = Boxlite.open();
        LiteBox box = boxlite.create(boxOf(layer))) {
      assertThat(box.exec("sh", "-c", PLACES).stdout())
          .isEqualTo(
              """
              /proc directory 555
              /sys directory 555
              /dev directory 755
              /tmp directory 1777
              /etc directory 755
              core
              odd
              all there
              """);
    }
  }

  private BoxOptions boxOf(TarBuilder layer) {
    TestLayout layout = new TestLayout(directory.resolve("layout"));
    layout.layer(busybox()).layer(layer.build());
    layout.index(layout.manifest());
    return BoxOptions.image("oci:" + directory.resolve("layout"))
        .memoryMib(160)
        .diskMib(64)
        .hostname("odd")
        .build();
  }

  private static byte[] busybox() {
    try (InputStream archive =
        OddImageIT.class.getResourceAsStream("/io/boxlite/guest/linux-x86_64/default-image.tar")) {
      return Objects.requireNonNull(archive).readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
