package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.small;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.boxlite.BoxFile;
import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import io.boxlite.NetworkEvent;
import io.boxlite.Secret;
import io.boxlite.TestCertificate;
import io.boxlite.Wait;
import io.boxlite.internal.image.HostTool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs in a box send secrets to servers of this machine, or try to see them. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class SecretsIT {
  private static final String HOST = "host.boxlite.internal";
  private static final String VALUE = "sk-the-value-that-no-box-sees";
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final String BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private HttpServer plain;
  private HttpServer other;
  private HttpsServer secure;
  private HttpsServer untrusted;
  private Boxlite boxlite;
  private Secret secret;
  private LiteBox box;

  @BeforeAll
  void create(@TempDir Path directory) throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "dns:" + HOST);
    plain = serve(HttpServer.create(anyPort(), 0));
    other = serve(HttpServer.create(anyPort(), 0));
    secure = serve(HttpsServer.create(anyPort(), 0), certificate);
    untrusted =
        serve(HttpsServer.create(anyPort(), 0), TestCertificate.make(directory, "dns:" + HOST));
    boxlite =
        Boxlite.open(
            BoxliteOptions.builder()
                .fallbackSettings(
                    Map.of("boxlite.trusted.certificates", certificate.authorityPem().toString()))
                .build());
    secret =
        Secret.of("API_KEY", VALUE)
            .forHosts(
                HOST + ":" + port(plain), HOST + ":" + port(secure), HOST + ":" + port(untrusted));
    box = boxlite.create(options().files(openssl()).build());
  }

  private BoxOptions.Builder options() {
    return small().network(Network.allow(HOST)).secret(secret);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private <S extends HttpServer> S serve(S server) {
    server.createContext("/", this::respond);
    server.start();
    return server;
  }

  private HttpsServer serve(HttpsServer server, TestCertificate certificate) {
    server.setHttpsConfigurator(new HttpsConfigurator(certificate.serving()));
    return serve(server);
  }

  private void respond(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    seen.add(exchange.getRequestHeaders().getFirst("X-Api-Key") + " " + new String(body, UTF_8));
    if (exchange.getRequestURI().getPath().equals("/redirect")) {
      exchange.getResponseHeaders().add("Location", "http://" + HOST + ":" + port(other) + "/");
      exchange.sendResponseHeaders(302, -1);
    } else {
      exchange.sendResponseHeaders(200, 2);
      exchange.getResponseBody().write("ok".getBytes(UTF_8));
    }
    exchange.close();
  }

  private static int port(HttpServer server) {
    return server.getAddress().getPort();
  }

  /** This machine's openssl and its libraries, as a program that checks certificates. */
  private static BoxFile[] openssl() {
    List<BoxFile> files = new ArrayList<>();
    Path program = Path.of(HostTool.run("sh", "-c", "command -v openssl").strip());
    files.add(BoxFile.of(program, "/usr/bin/openssl"));
    Matcher libraries = Pattern.compile("(/\\S+) \\(0x").matcher(HostTool.run("ldd", program));
    while (libraries.find()) {
      files.add(BoxFile.of(Path.of(libraries.group(1)), libraries.group(1)));
    }
    return files.toArray(BoxFile[]::new);
  }

  @AfterAll
  void close() {
    boxlite.close();
    List.of(plain, other, secure, untrusted).forEach(server -> server.stop(0));
  }

  @BeforeEach
  void forget() {
    seen.clear();
  }

  private ExecResult run(String script) {
    return box.exec(Command.of("sh", "-c", script).timeout(TIMEOUT));
  }

  private String seen() throws InterruptedException {
    return String.valueOf(seen.poll(10, TimeUnit.SECONDS));
  }

  private static String wget(HttpServer server, String path) {
    return "wget -qO- --header \"X-Api-Key: $API_KEY\" http://" + HOST + ":" + port(server) + path;
  }

  /** A request on a connection of its own, by a program that checks the certificate. */
  private static String overTls(HttpServer server, String host) {
    return "printf 'GET / HTTP/1.1\\r\\nHost: "
        + host
        + "\\r\\nX-Api-Key: %s\\r\\nConnection: close\\r\\n\\r\\n' $API_KEY |"
        + " openssl s_client -quiet -verify_return_error -servername "
        + HOST
        + " -connect "
        + HOST
        + ":"
        + port(server);
  }

  private List<NetworkEvent> connections(HttpServer server) {
    return box.network().log().events().stream()
        .filter(event -> event.port().isPresent() && event.port().getAsInt() == port(server))
        .toList();
  }

  private NetworkEvent last(HttpServer server) {
    List<NetworkEvent> all = connections(server);
    return all.get(all.size() - 1);
  }

  @Test
  void aServerGetsTheValueThatTheBoxDoesNotHave() throws Exception {
    assertThat(run(wget(plain, "/")).stdout()).isEqualTo("ok");
    assertThat(seen()).isEqualTo(VALUE + " ");
    assertThat(last(plain).secrets()).containsExactly("API_KEY");
    assertThat(last(plain).secretProblems()).isEmpty();
    assertThat(box.network().log().describe()).contains("; with secret API_KEY");
    assertThat(run("echo $API_KEY").stdout().strip()).isEqualTo(secret.placeholder());
    ExecResult search =
        run("grep -rl sk-the-value-that-no /etc /tmp /root /usr/local /proc/*/environ; env");
    assertThat(search.stdout()).doesNotContain("sk-the-value").contains("SSL_CERT_FILE=" + BUNDLE);
    assertThat(search.stdout().lines().filter(line -> line.startsWith("/"))).isEmpty();
  }

  @Test
  void aServerGetsTheValueOverTls() throws Exception {
    ExecResult result = run(overTls(secure, HOST + ":" + port(secure)) + " | head -c 15");
    assertThat(result.stdout()).as(result.stderr()).endsWith("HTTP/1.1 200 OK");
    assertThat(seen()).isEqualTo(VALUE + " ");
    assertThat(last(secure).secrets()).containsExactly("API_KEY");
  }

  @Test
  void anotherHostAtTheSameServerDoesNotGetTheValue() throws Exception {
    ExecResult result = run(overTls(secure, "evil.example") + " | head -c 15");
    assertThat(result.stdout()).as(result.stderr()).endsWith("200 OK");
    assertThat(seen()).isEqualTo(secret.placeholder() + " ");
    assertThat(last(secure).secretProblems()).singleElement().asString().contains("evil.example");
    String request = "GET / HTTP/1.1\\r\\nHost: evil.example\\r\\nX-Api-Key: %s\\r\\n\\r\\n";
    run("printf '" + request + "' $API_KEY | nc -w 5 " + HOST + " " + port(plain));
    assertThat(seen()).isEqualTo(secret.placeholder() + " ");
  }

  @Test
  void aServerThatIsNotTrustedIsNotAsked() {
    ExecResult result = run(overTls(untrusted, HOST));
    assertThat(result.stdout()).contains("HTTP/1.1 502 Refused by BoxLite", "TLS with " + HOST);
    assertThat(seen).isEmpty();
    assertThat(last(untrusted).secretProblems()).singleElement().asString().contains("TLS with");
  }

  @Test
  void aProgramThatDoesNotTrustTheBoxesAuthorityFails() {
    ExecResult result = run("export SSL_CERT_FILE=/dev/null; " + overTls(secure, HOST));
    assertThat(result.stderr()).contains("verify error");
    assertThat(seen).isEmpty();
    assertThat(last(secure).secretProblems()).singleElement().asString().contains("did not accept");
  }

  @Test
  void aRedirectToAnotherServerDoesNotTakeTheValueAlong() throws Exception {
    assertThat(run(wget(plain, "/redirect")).stdout()).isEqualTo("ok");
    assertThat(seen()).isEqualTo(VALUE + " ");
    assertThat(seen()).isEqualTo(secret.placeholder() + " ");
    assertThat(last(other).secrets()).isEmpty();
  }

  @Test
  void aBodyIsLeftAsItIs() throws Exception {
    run(wget(plain, "/") + " --post-data \"key=$API_KEY\"");
    assertThat(seen()).isEqualTo(VALUE + " key=" + secret.placeholder());
  }

  @Test
  void aRequestThatCouldBeReadInTwoWaysReachesNoServer() {
    String request =
        "POST / HTTP/1.1\\r\\nHost: "
            + HOST
            + "\\r"
            + "\\n"
            + "X-Api-Key: %s\\r"
            + "\\n"
            + "Content-Length: 4\\r"
            + "\\n"
            + "Transfer-Encoding: chunked\\r"
            + "\\n"
            + "\\r"
            + "\\n";
    ExecResult result =
        run("printf '" + request + "' $API_KEY | nc -w 5 " + HOST + " " + port(plain));
    assertThat(result.stdout())
        .startsWith("HTTP/1.1 400 ")
        .contains("both Content-Length and Transfer-Encoding");
    assertThat(seen).isEmpty();
    assertThat(last(plain).secretProblems()).singleElement().asString().contains("was refused");
  }

  @Test
  void aHeaderThatComesInPieces() throws Exception {
    run(
        "(printf 'GET / HTTP/1.1\\r\\nHost: "
            + HOST
            + "\\r"
            + "\\n"
            + "X-Api-Key: boxlite-'; sleep 1; printf \"${API_KEY#boxlite-}\\r"
            + "\\n"
            + "\\r"
            + "\\n"
            + "\") | nc -w 5 "
            + HOST
            + " "
            + port(plain));
    assertThat(seen()).isEqualTo(VALUE + " ");
  }

  @Test
  void theBoxTrustsWhatThisJvmTrustsAndItsAuthority() {
    String authority = run("cat /usr/local/share/ca-certificates/boxlite.crt").stdout();
    String bundle = run("cat " + BUNDLE).stdout();
    assertThat(authority).startsWith("-----BEGIN CERTIFICATE-----");
    assertThat(bundle).endsWith(authority);
    assertThat(bundle.split("BEGIN CERTIFICATE", -1).length).isGreaterThan(20);
  }

  @Test
  void aResetBoxTrustsTheSameAuthority() throws Exception {
    try (LiteBox again = boxlite.create(options().build())) {
      String authority = text(again, "/usr/local/share/ca-certificates/boxlite.crt");
      again.reset();
      assertThat(text(again, "/usr/local/share/ca-certificates/boxlite.crt")).isEqualTo(authority);
      assertThat(text(again, BUNDLE)).endsWith(authority);
      ExecResult result = again.exec(Command.of("sh", "-c", wget(plain, "/")).timeout(TIMEOUT));
      assertThat(result.stdout()).isEqualTo("ok");
      assertThat(seen()).isEqualTo(VALUE + " ");
    }
  }

  private static String text(LiteBox box, String path) {
    return new String(box.readFile(path), UTF_8);
  }

  @Test
  void certificatesOfTheImageStay() {
    String certificate = text(box, "/usr/local/share/ca-certificates/boxlite.crt");
    BoxOptions options =
        options()
            .files(
                BoxFile.of(certificate.getBytes(UTF_8), BUNDLE),
                BoxFile.of("some".getBytes(UTF_8), "/etc/pki/tls/certs/ca-bundle.crt"))
            .build();
    try (LiteBox own = boxlite.create(options)) {
      String authority = text(own, "/usr/local/share/ca-certificates/boxlite.crt");
      assertThat(authority).as("an authority of its own").isNotEqualTo(certificate);
      assertThat(text(own, BUNDLE)).isEqualTo(certificate + authority);
      assertThat(text(own, "/etc/pki/tls/certs/ca-bundle.crt")).isEqualTo("some\n" + authority);
    }
  }

  @Test
  void aMainCommandHasThePlaceholderAndAPreparationDoesNot() {
    BoxOptions options =
        options()
            .prepare(Command.of("sh", "-c", "echo \"[$API_KEY]\" > /prepared"))
            .startCommand(Command.of("sh", "-c", "echo \"key=$API_KEY\"; exec sleep 1000"))
            .waitFor(Wait.parse("output:key="))
            .build();
    try (LiteBox served = boxlite.create(options)) {
      assertThat(text(served, "/prepared")).isEqualTo("[]\n");
      assertThat(served.mainCommand().orElseThrow().stdout())
          .isEqualTo("key=" + secret.placeholder() + "\n");
    }
  }

  @Test
  void aHostThatTheNetworkDoesNotAllow() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> boxlite.create(small().secret(secret).build()))
        .withMessage(
            "secret API_KEY is for "
                + secret.hosts().get(0)
                + ", but the box's network is \"none\", which does not allow that host by name;"
                + " add network(Network.allow(\""
                + secret.hosts().get(0)
                + "\"))");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> boxlite.create(small().network(Network.outbound()).secret(secret).build()))
        .withMessageContaining("add \"" + secret.hosts().get(0) + "\" to the network");
    Secret missing = Secret.ofEnvironment("BOXLITE_NO_SUCH_VARIABLE").forHosts(HOST);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> boxlite.create(small().network(Network.allow(HOST)).secret(missing).build()))
        .withMessageContaining("environment variable BOXLITE_NO_SUCH_VARIABLE, which is not set");
  }
}
