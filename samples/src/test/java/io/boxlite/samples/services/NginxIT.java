package io.boxlite.samples.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import io.boxlite.samples.DebianImages;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A web server for all tests of the class, and the JDK's HTTP client. */
@Tag("long")
@Timeout(120)
class NginxIT {
  private static final int LARGE_MIB = 50;

  @Box(
      image = DebianImages.NGINX,
      files = "classpath:io/boxlite/samples/services/nginx.conf -> /etc/nginx/nginx.conf",
      prepare = {
        "mkdir -p /var/log/nginx /var/lib/nginx",
        "echo 'hello from nginx' > /srv/www/index.html",
        "dd if=/dev/urandom of=/srv/www/large bs=1M count=" + LARGE_MIB,
        "sha256sum /srv/www/large | cut -d' ' -f1 > /srv/www/large.sha256"
      },
      startCommand = "nginx",
      waitFor = "http:8080/",
      ports = "8080")
  LiteBox server;

  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void provideTheImage() {
    DebianImages.provide(DebianImages.NGINX);
  }

  private HttpRequest request(String path) {
    InetSocketAddress address = server.network().address(8080);
    return HttpRequest.newBuilder(
            URI.create("http://" + address.getHostString() + ":" + address.getPort() + path))
        .build();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(request(path), BodyHandlers.ofString());
  }

  @Test
  void servesAFile() throws Exception {
    HttpResponse<String> response = get("/");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("hello from nginx\n");
    assertThat(get("/missing").statusCode()).isEqualTo(404);
  }

  @Test
  void servesALargeFile() throws Exception {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    HttpResponse<InputStream> response =
        client.send(request("/large"), BodyHandlers.ofInputStream());
    try (InputStream body = new DigestInputStream(response.body(), sha256)) {
      assertThat(body.transferTo(OutputStream.nullOutputStream()))
          .isEqualTo((long) LARGE_MIB << 20);
    }
    assertThat(HexFormat.of().formatHex(sha256.digest()))
        .isEqualTo(get("/large.sha256").body().strip());
  }

  @Test
  void keepsItsConnection() throws Exception {
    Set<String> connections = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      connections.add(get("/").headers().firstValue("Connection-Number").orElseThrow());
    }
    assertThat(connections).hasSize(1);
  }

  @Test
  void answersManyClientsAtOnce() {
    List<CompletableFuture<HttpResponse<String>>> responses =
        IntStream.range(0, 50)
            .mapToObj(i -> client.sendAsync(request("/"), BodyHandlers.ofString()))
            .toList();
    assertThat(responses)
        .allSatisfy(response -> assertThat(response.join().body()).startsWith("hello"));
  }
}
