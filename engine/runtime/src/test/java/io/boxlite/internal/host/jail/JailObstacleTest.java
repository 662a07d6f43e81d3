package io.boxlite.internal.host.jail;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JailObstacleTest {
  private static final String SAID = "bwrap: setting up uid map: Permission denied";

  @TempDir Path root;

  @Test
  void namesTheLimitOfUserNamespaces() throws IOException {
    write("proc/sys/user/max_user_namespaces", "0\n");
    assertThat(explain()).contains("sysctl -w user.max_user_namespaces=").contains(SAID);
  }

  @Test
  void namesTheSwitchOfDebian() throws IOException {
    write("proc/sys/user/max_user_namespaces", "1000\n");
    write("proc/sys/kernel/unprivileged_userns_clone", "0\n");
    assertThat(explain()).contains("sysctl -w kernel.unprivileged_userns_clone=1");
  }

  @Test
  void namesTheRestrictionOfAppArmor() throws IOException {
    write("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
    assertThat(explain())
        .contains("sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
        .contains(SAID);
  }

  @Test
  void namesTheSeccompProfileOfAContainer() throws IOException {
    write(".dockerenv", "");
    write("proc/self/status", "Name:\tjava\nSeccomp:\t2\n");
    write("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
    assertThat(explain()).contains("seccomp profile").contains("--security-opt seccomp=unconfined");
  }

  @Test
  void quotesBubblewrapWhenNothingIsFound() {
    assertThat(explain()).isEqualTo("bubblewrap failed: " + SAID);
  }

  private String explain() {
    return new JailObstacle(root).explain(SAID);
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
