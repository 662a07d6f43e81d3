package io.boxlite.internal.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.host.settings.RegistrySettings.Mirror;
import io.boxlite.internal.image.source.DefaultRegistry;
import io.boxlite.internal.image.source.ImageName;
import java.net.URI;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EndpointTest {
  private static List<Endpoint> of(String name, Mirror... mirrors) {
    return Endpoint.of(
        ImageName.parse(name),
        new RegistrySettings(List.of(mirrors), Set.of("plain.test"), Set.of()));
  }

  @Test
  void aShortNameIsInTheDefaultRegistryHoweverItIsWritten() {
    for (String name :
        List.of("python:slim", "library/python:slim", DefaultRegistry.NAME + "/python:slim")) {
      assertThat(of(name))
          .containsExactly(
              new Endpoint(
                  DefaultRegistry.NAME,
                  URI.create("https://" + DefaultRegistry.API_HOST + "/v2/"),
                  "library/python"));
    }
    assertThat(of("ann/tool").get(0).repository()).isEqualTo("ann/tool");
  }

  @Test
  void aNameWithAHostIsThere() {
    assertThat(of("reg.test/team/app:1").get(0).manifest("1"))
        .hasToString("https://reg.test/v2/team/app/manifests/1");
    assertThat(of("[::1]:5000/app").get(0).blob("sha256:00"))
        .hasToString("http://[::1]:5000/v2/app/blobs/sha256:00");
    assertThat(of("plain.test/app").get(0).base()).hasToString("http://plain.test/v2/");
    assertThat(of("localhost/app").get(0).base()).hasToString("http://localhost/v2/");
  }

  @Test
  void mirrorsComeFirstAndForTheirRegistryAlone() {
    Mirror ofAll = new Mirror("", "", "mirror.test", "/hub");
    Mirror ofOne = new Mirror("reg.test", "http", "near.test:81", "");
    assertThat(of("python", ofAll, ofOne).get(0).manifest("slim"))
        .hasToString("https://mirror.test/v2/hub/library/python/manifests/slim");
    assertThat(of("python", ofAll, ofOne)).hasSize(2);
    assertThat(of("reg.test/app", ofAll, ofOne).get(0).manifest("1"))
        .hasToString("http://near.test:81/v2/app/manifests/1");
    assertThat(of("other.test/app", ofAll, ofOne)).hasSize(1);
  }
}
