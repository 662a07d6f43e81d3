package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.small;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A name whose address changes from a public one to one of this machine. A JVM with an {@code
 * /etc/hosts} of its own looks it up, twice, for longer than answers are kept.
 */
@EnabledIfSystemProperty(named = "soak.rebinding", matches = "true")
@Timeout(180)
class RebindingSoakIT {
  private static final String NAME = "rebinding.example";
  private static final String PUBLIC = "93.184.216.34";

  @Test
  void anAddressThatTurnsIntoOneOfThisMachineIsNotGiven(@TempDir Path directory) throws Exception {
    assumeTrue(unshares(), "this user cannot have an /etc/hosts of its own");
    Path hosts = directory.resolve("hosts");
    Files.writeString(hosts, PUBLIC + " " + NAME + "\n");
    Process process =
        new ProcessBuilder(
                List.of(
                    "unshare",
                    "--mount",
                    "sh",
                    "-c",
                    "mount --bind \"$1\" /etc/hosts; shift; exec \"$@\"",
                    "sh",
                    hosts.toString(),
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Owner.class.getName(),
                    directory.resolve("home").toString(),
                    hosts.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process.getOutputStream().close();
    List<String> answers =
        new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(answers).hasSize(3);
    assertThat(answers.get(0)).contains(PUBLIC);
    assertThat(answers.get(1)).doesNotContain("127.0.0.1").doesNotContain(PUBLIC);
    assertThat(answers.get(2)).contains("\"" + NAME + "\" has the address 127.0.0.1, which is ");
  }

  private static boolean unshares() throws IOException, InterruptedException {
    return new ProcessBuilder("unshare", "--mount", "true").start().waitFor() == 0;
  }

  /** The JVM with hosts of its own: prints what a box is told of the name, twice, and why. */
  static final class Owner {
    private Owner() {}

    public static void main(String[] args) throws Exception {
      BoxliteOptions options = BoxliteOptions.builder().home(Path.of(args[0])).poolSize(0).build();
      try (Boxlite boxlite = Boxlite.open(options);
          LiteBox box = boxlite.create(small().network(Network.allow(NAME)).build())) {
        System.out.println(lookUp(box));
        Files.writeString(Path.of(args[1]), "127.0.0.1 " + NAME + "\n");
        TimeUnit.SECONDS.sleep(31);
        System.out.println(lookUp(box));
        System.out.println(box.network().log().refused());
      }
    }

    private static String lookUp(LiteBox box) {
      return box.exec("sh", "-c", "nslookup -type=a " + NAME + " 2>&1 | tail -n +4")
          .stdout()
          .replace('\n', ' ');
    }
  }
}
