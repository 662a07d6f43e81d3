package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.run;
import static io.boxlite.network.NetworkPrograms.small;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.boxlite.Boxlite;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkEvent.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that a box may reach tries to lead its client to where the box may not go. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class HostileServersIT {
  private final AtomicInteger secretsRead = new AtomicInteger();
  private Boxlite boxlite;
  private HttpServer allowed;
  private HttpServer secret;
  private LiteBox box;
  private volatile String location = "";

  @BeforeAll
  void create(@TempDir Path directory) throws IOException {
    allowed = server();
    allowed.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Location", location);
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    secret = server();
    secret.createContext(
        "/",
        exchange -> {
          secretsRead.incrementAndGet();
          byte[] text = "secret".getBytes(UTF_8);
          exchange.sendResponseHeaders(200, text.length);
          exchange.getResponseBody().write(text);
          exchange.close();
        });
    boxlite = Boxlite.open();
    Network network = Network.allow("host.boxlite.internal:" + port(allowed), "192.0.2.10:80");
    box = new NetworkPrograms(directory).copyInto(boxlite.create(small().network(network).build()));
  }

  @AfterAll
  void close() {
    boxlite.close();
    allowed.stop(0);
    secret.stop(0);
  }

  private static HttpServer server() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.start();
    return server;
  }

  private static int port(HttpServer server) {
    return server.getAddress().getPort();
  }

  private ExecResult fetch() {
    return box.exec(
        Command.of("wget", "-O", "-", "http://host.boxlite.internal:" + port(allowed) + "/")
            .timeout(Duration.ofSeconds(20)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://host.boxlite.internal:%d/", // another port of this machine
        "http://198.18.0.1:%d/",
        "http://127.0.0.1:%d/", // the box itself
        "http://elsewhere.example:%d/",
        "http://10.1.2.3:%d/",
        "http://169.254.169.254/latest/meta-data/",
        "http://192.0.2.11/"
      })
  void aRedirectionLeadsNowhere(String target) {
    location = target.contains("%d") ? target.formatted(port(secret)) : target;

    ExecResult result = fetch();

    assertThat(result.exitCode()).as("%s", result).isEqualTo(1);
    assertThat(result.stdout()).isEmpty();
    assertThat(secretsRead).hasValue(0);
    String host = URI.create(location).getHost();
    if (!host.equals("127.0.0.1")) {
      assertThat(box.network().log().refused())
          .as("the log names %s", host)
          .anySatisfy(
              event -> assertThat(event.hostNames() + " " + event.addresses()).contains(host));
    }
  }

  @Test
  void theNeighboursOfAnAllowedAddressAreRefused() {
    for (String address : new String[] {"192.0.2.9", "192.0.2.11", "192.0.2.0", "192.0.2.255"}) {
      assertThat(run(box, "connect", address, 80)).as(address).isEqualTo("No route to host");
    }
    for (int port : new int[] {79, 81, 443}) {
      assertThat(run(box, "connect", "192.0.2.10", port)).isEqualTo("No route to host");
    }
    for (String address : new String[] {"198.18.0.0", "198.18.0.3", "198.19.0.1"}) {
      assertThat(run(box, "connect", address, port(allowed)))
          .as(address)
          .isEqualTo("No route to host");
    }
    assertThat(box.network().log().count(Kind.CONNECT, Result.REFUSED)).isPositive();
  }
}
