package io.boxlite.internal.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.image.source.ImageName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A JVM that has a proxy. */
class ProxyTest extends HostileTest {
  private final Map<String, String> before = new LinkedHashMap<>();

  @BeforeEach
  void haveAProxy() {
    String[] host = registry.host().split(":", 2);
    set("http.proxyHost", host[0]);
    set("http.proxyPort", host[1]);
  }

  private void set(String property, String value) {
    before.put(property, System.getProperty(property));
    System.setProperty(property, value);
  }

  @AfterEach
  void haveNone() {
    before.forEach(
        (property, value) -> {
          if (value == null) {
            System.clearProperty(property);
          } else {
            System.setProperty(property, value);
          }
        });
  }

  @Test
  void pullsThroughIt() {
    ImageName name = ImageName.parse("plain.test/app");
    new Registries(
            new RegistrySettings(List.of(), Set.of("plain.test"), Set.of()),
            new DockerConfig(folder.resolve("config.json"), ""),
            patience)
        .pull(name, store, events);
    assertThat(store.find(name)).isPresent();
    assertThat(registry.requests("/v2/app/"))
        .hasSize(3)
        .allSatisfy(
            request ->
                assertThat(request.header("target"))
                    .hasValueSatisfying(
                        target -> assertThat(target).startsWith("http://plain.test/v2/app/")));
  }
}
