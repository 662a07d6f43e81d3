package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Directories that an image's configuration or a box's options name, and no layer has. */
@Timeout(180)
class BoxDirectoriesIT {
  @TempDir Path directory;

  @Test
  void directoriesThatAreNamedAreThere() {
    BoxOptions options =
        imageWith(
                new TarBuilder().symlink("app", "/srv/of/app"),
                "{\"WorkingDir\":\"/app/here\",\"User\":\"nobody\","
                    + "\"Volumes\":{\"/data/a\":{},\"data/b\":null}}")
            .prepare(Command.of("sh", "-c", "pwd").user("0"))
            .build();
    try (Boxlite boxlite = Boxlite.open();
        LiteBox box =
            boxlite.create(options.toBuilder().workingDir("/workspace/of/mine").build())) {
      ExecResult result =
          box.exec(
              "sh", "-c", "pwd; stat -c '%n %u:%g %a' /workspace /srv/of/app/here /data/a /data/b");
      assertThat(result.stdout())
          .as("%s", result)
          .isEqualTo(
              """
              /workspace/of/mine
              /workspace 0:0 755
              /srv/of/app/here 0:0 755
              /data/a 0:0 755
              /data/b 0:0 755
              """);
      assertThat(box.exec(Command.of("pwd").workingDir("/app/here")).stdout())
          .isEqualTo("/srv/of/app/here\n");
      assertThatThrownBy(() -> box.exec(Command.of("pwd").workingDir("/missing")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("\"/missing\" does not exist");
      Command removing = Command.of("rm", "-r", "/workspace").user("0");
      assertThat(box.exec(removing).exitCode()).isZero();
      assertThat(box.exec("pwd").stdout()).isEqualTo("/workspace/of/mine\n");
      box.exec(
          Command.of("sh", "-c", "rm -r /workspace && touch /workspace").user("0").workingDir("/"));
      ExecResult kept = box.exec("pwd");
      assertThat(kept.exitCode()).isEqualTo(126);
      assertThat(kept.stderr()).contains("cd: /workspace/of/mine");
    }
  }

  @Test
  void aFileInTheWayIsTold() {
    BoxOptions options =
        imageWith(new TarBuilder().file("file", ""), "{\"WorkingDir\":\"/file/below\"}").build();
    try (Boxlite boxlite = Boxlite.open()) {
      assertThatThrownBy(() -> boxlite.create(options))
          .isInstanceOf(BoxStartException.class)
          .hasMessageContaining("\"/file/below\"")
          .hasMessageContaining("something other than a directory is in the way");
    }
  }

  private BoxOptions.Builder imageWith(TarBuilder layer, String execution) {
    TestLayout layout = new TestLayout(directory.resolve("layout"));
    layout.layer(busybox()).layer(layer.build()).execution(execution);
    layout.index(layout.manifest());
    return BoxOptions.image("oci:" + directory.resolve("layout")).memoryMib(160).diskMib(64);
  }

  private static byte[] busybox() {
    try (InputStream archive =
        BoxDirectoriesIT.class.getResourceAsStream(
            "/io/boxlite/guest/linux-x86_64/default-image.tar")) {
      return Objects.requireNonNull(archive).readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
