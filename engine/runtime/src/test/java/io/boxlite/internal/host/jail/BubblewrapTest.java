package io.boxlite.internal.host.jail;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BubblewrapTest {
  private static final Path BWRAP = Path.of("/usr/bin/bwrap");
  private static final JailSpec SPEC =
      new JailSpec(
          "b1",
          List.of("/bin/program", "an argument"),
          Path.of("/"),
          Path.of("/dev/null"),
          List.of(new Bind(Path.of("/home/a b"), Path.of("/kernel"), Bind.Access.READ_ONLY)),
          Map.of(),
          Optional.empty(),
          Optional.empty(),
          List.of(Path.of("/sys/fs/cgroup/pids/b1/tasks")),
          1025);

  @Test
  void aUserWhoIsNotRootStaysWhoItIs() {
    assertThat(Bubblewrap.commandLine(BWRAP, SPEC, Optional.empty()))
        .doesNotContain("setpriv")
        .containsSequence("--ro-bind", "/home/a b", "/kernel")
        .containsSequence("sh", "3", "", "", "/sys/fs/cgroup/pids/b1/tasks", "--", "/usr/bin/bwrap")
        .endsWith("--", "/bin/program", "an argument");
  }

  @Test
  void rootBecomesAnotherUserWithoutGroups() {
    assertThat(Bubblewrap.commandLine(BWRAP, SPEC, Optional.of(1234L)))
        .containsSequence("setpriv", "--reuid", "1234", "--regid", "1234", "--clear-groups");
  }
}
