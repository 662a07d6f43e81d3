package io.boxlite.samples.services;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.Command;
import io.boxlite.LiteBox;
import io.boxlite.NetworkEvent;
import io.boxlite.NetworkLog;
import io.boxlite.samples.DebianImages;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs a Maven build in a box that reaches the repository and nothing else. */
@Tag("long")
@Timeout(600)
class MavenBuildIT {
  private static final Duration LONG = Duration.ofMinutes(8);
  private static final String HOME = "/home/maven";

  @Test
  void buildsWithTheRepositoryAlone() throws Exception {
    Registry registry = Registry.ofMaven().mustAnswer();
    try (Boxlite boxlite = Boxlite.open()) {
      DebianImages.provide(boxlite, DebianImages.MAVEN);
      BoxOptions options =
          BoxOptions.image(DebianImages.MAVEN)
              .memoryMib(1024)
              .workingDir(HOME + "/project")
              .env("JAVA_HOME", "/usr/lib/jvm/default-java")
              // The second compiler does not pay in an emulated build of this size.
              .env(
                  "MAVEN_OPTS",
                  "-XX:TieredStopAtLevel=1 -Djavax.net.ssl.trustStore=/etc/trusted.jks")
              .network(registry.network())
              .build();
      try (LiteBox box = boxlite.create(options)) {
        HostCertificates.writeKeyStore(box, "/etc/trusted.jks");
        box.writeFile(HOME + "/settings.xml", settings(registry).getBytes(UTF_8));
        box.copyIn(resource("maven-project"), HOME + "/project");

        assertThat(
                box.exec(
                    Command.of("mvn", "-B", "-ntp", "-s", HOME + "/settings.xml", "package")
                        .timeout(LONG)))
            .succeeded()
            .stdout()
            .contains("BUILD SUCCESS");

        assertThat(box.exec("java", "-cp", "target/project-1.jar", "org.example.Greeting", "box"))
            .succeeded()
            .hasStdout("hello box\n");
        NetworkLog log = box.network().log();
        assertThat(log.refused()).as(log.describe()).isEmpty();
        assertThat(log.count(NetworkEvent.Kind.CONNECT, NetworkEvent.Result.ALLOWED)).isPositive();

        assertThat(box.exec("nslookup", "www.example.com")).exitedWith(1);
        assertThat(box.network().log().refused())
            .anySatisfy(event -> assertThat(event.hostNames()).contains("www.example.com"));
      }
    }
  }

  private static String settings(Registry registry) {
    String proxy =
        registry
            .proxy()
            .map(
                url ->
                    """
                      <proxies>
                        <proxy>
                          <host>%s</host>
                          <port>%d</port>
                        </proxy>
                      </proxies>
                    """
                        .formatted(url.getHost(), url.getPort()))
            .orElse("");
    return """
    <settings>
      <mirrors>
        <mirror>
          <id>repository</id>
          <mirrorOf>*</mirrorOf>
          <url>%s</url>
        </mirror>
      </mirrors>
    %s</settings>
    """
        .formatted(registry.url(), proxy);
  }

  private static Path resource(String name) throws Exception {
    return Path.of(MavenBuildIT.class.getResource(name).toURI());
  }
}
