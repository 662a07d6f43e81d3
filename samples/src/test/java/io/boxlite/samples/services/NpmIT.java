package io.boxlite.samples.services;

import static io.boxlite.junit.BoxAssertions.assertThat;
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

/** Installs packages in a box that reaches the registry and nothing else. */
@Tag("long")
@Timeout(300)
class NpmIT {
  private static final Duration LONG = Duration.ofMinutes(3);

  @Test
  void installsPackagesFromTheRegistryAlone() throws Exception {
    Registry registry = Registry.ofNpm().mustAnswer();
    try (Boxlite boxlite = Boxlite.open()) {
      DebianImages.provide(boxlite, DebianImages.NODE);
      BoxOptions.Builder options =
          BoxOptions.image(DebianImages.NODE)
              .memoryMib(1024)
              .workingDir("/home/node/project")
              .env("npm_config_registry", registry.url().toString())
              .env("npm_config_cafile", "/etc/trusted.pem")
              .env("npm_config_audit", "false")
              .env("npm_config_update_notifier", "false")
              .network(registry.network());
      registry
          .proxy()
          .ifPresent(
              proxy ->
                  options
                      .env("npm_config_proxy", proxy.toString())
                      .env("npm_config_https_proxy", proxy.toString()));
      try (LiteBox box = boxlite.create(options.build())) {
        HostCertificates.writePem(box, "/etc/trusted.pem");
        box.copyIn(resource("npm-project"), "/home/node/project");

        assertThat(box.exec(Command.of("npm", "install").timeout(LONG))).succeeded();

        assertThat(box.exec("node", "index.js")).succeeded().hasStdout("1 3\n");
        NetworkLog log = box.network().log();
        assertThat(log.refused()).as(log.describe()).isEmpty();
        assertThat(log.count(NetworkEvent.Kind.CONNECT, NetworkEvent.Result.ALLOWED)).isPositive();

        assertThat(box.exec("node", "-e", "fetch('http://www.example.com/')"))
            .exitedWith(1)
            .stderr()
            .contains("ENOTFOUND");
        assertThat(box.network().log().refused())
            .anySatisfy(event -> assertThat(event.hostNames()).contains("www.example.com"));
      }
    }
  }

  private static Path resource(String name) throws Exception {
    return Path.of(NpmIT.class.getResource(name).toURI());
  }
}
