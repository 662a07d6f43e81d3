package io.boxlite.internal.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.PullPolicy;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageUsersTest {
  private static final String PASSWD = "root:x:0:0:root:/root:/bin/sh\napp:x:5:5::/:\n";
  private static final String GROUP = "root:x:0:\nstaff:x:50:app\n";

  @TempDir Path directory;

  private final TarBuilder rootfs = new TarBuilder();

  @BeforeEach
  void fillEtc() {
    rootfs.directory("etc/");
    for (int i = 0; i < 600; i++) { // more than a block of names
      rootfs.file("etc/some-file-" + i, "");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"root", "app", "app:staff", "app:77", "0", "4711", "4711:4711", "4711:staff"})
  void findsThoseThatThereAreAndTakesAnyNumber(String user) throws IOException {
    rootfs.file("etc/passwd", PASSWD).file("etc/group", GROUP);

    assertThat(missing(user)).isEmpty();
  }

  @Test
  void tellsWhatIsMissingAndWhatThereIs() throws IOException {
    rootfs.file("etc/passwd", PASSWD).file("etc/group", GROUP);

    assertThat(missing("ap")).contains("no user \"ap\" in its /etc/passwd, which has root, app");
    assertThat(missing("app:eve"))
        .contains("no group \"eve\" in its /etc/group, which has root, staff");
  }

  @Test
  void findsTheLastOfManyUsers() throws IOException {
    rootfs.file("etc/passwd", "user:x:1:1:" + "long ".repeat(5000) + "::\n" + "last:x:2:2:::\n");

    assertThat(missing("last")).isEmpty();
    assertThat(missing("none"))
        .contains("no user \"none\" in its /etc/passwd, which has user, last");
  }

  @Test
  void anImageWithoutUsersHasNone() throws IOException {
    assertThat(missing("app"))
        .contains("no user \"app\" in its /etc/passwd, which is missing or empty");
  }

  @Test
  void leavesToTheBoxWhatIsBehindALink() throws IOException {
    rootfs.file("usr/passwd", PASSWD).symlink("etc/passwd", "../usr/passwd");

    assertThat(missing("eve")).isEmpty();
  }

  private Optional<String> missing(String user) throws IOException {
    Path archive = Files.write(directory.resolve("rootfs.tar"), rootfs.build());
    try (RootImage image =
        ImageStore.open(directory.resolve("home"))
            .rootImage("rootfs:" + archive, PullPolicy.NEVER)) {
      return image.missing(user);
    }
  }
}
