package io.boxlite.internal.network.secret;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.boxlite.BoxliteException;
import io.boxlite.Secret;
import io.boxlite.TestCertificate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests over TLS, with a client and a server of the JDK. */
@Timeout(60)
class HttpsSecretsTest {
  private static final String HOST = "host.boxlite.internal";
  private static final String VALUE = "sk-the-real-value";
  private static final Secret SECRET = Secret.of("API_KEY", VALUE).forHosts(HOST);
  private static final int LARGE = 5_000_000;

  @TempDir private static Path directory;

  private static TestCertificate ofServer;
  private static TestCertificate ofOther;

  private final BlockingQueue<String> keys = new LinkedBlockingQueue<>();
  private HttpsServer server;
  private SecretService service;
  private BoxSecrets secrets;
  private Relay relay;

  @BeforeAll
  static void makeCertificates() throws Exception {
    ofServer = TestCertificate.make(directory, "dns:" + HOST);
    ofOther = TestCertificate.make(directory, "dns:other.example");
  }

  @BeforeEach
  void start() throws Exception {
    start(ofServer, true);
  }

  private void start(TestCertificate certificate, boolean trusted) throws Exception {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(certificate.serving()));
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext(
        "/",
        exchange -> {
          keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("X-Api-Key")));
          byte[] body = exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    service =
        new SecretService(trusted ? Optional.of(certificate.authorityPem()) : Optional.empty());
    secrets = service.box(List.of(SECRET));
    relay = new Relay(secrets, List.of(HOST), server.getAddress().getPort());
  }

  @AfterEach
  void close() {
    relay.close();
    service.close();
    server.stop(0);
    ((ExecutorService) server.getExecutor()).shutdownNow();
    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().startsWith("boxlite-")));
  }

  /** Connects as a program in the box does, which checks the certificate. */
  private SSLSocket connect(X509Certificate authority, String serverName) throws Exception {
    Socket plain = new Socket(InetAddress.getLoopbackAddress(), relay.port());
    SSLSocket socket =
        (SSLSocket)
            TestCertificate.trusting(authority)
                .getSocketFactory()
                .createSocket(plain, HOST, relay.port(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setServerNames(
        serverName.isEmpty() ? List.of() : List.of(new SNIHostName(serverName)));
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private SSLSocket connect() throws Exception {
    return connect(secrets.authority().certificate(), HOST);
  }

  private static String request(String host, byte[] body) {
    return "POST / HTTP/1.1\r\nHost: "
        + host
        + "\r\nX-Api-Key: "
        + SECRET.placeholder()
        + "\r\nContent-Length: "
        + body.length
        + "\r\n\r\n";
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int next = in.read();
      assertThat(next).as("the connection ended after \"%s\"", head).isNotNegative();
      head.append((char) next);
    }
    return head.toString();
  }

  private static String exchange(SSLSocket socket, String host, byte[] body) throws Exception {
    Thread writer =
        new Thread(
            () -> {
              try {
                socket.getOutputStream().write(request(host, body).getBytes(ISO_8859_1));
                socket.getOutputStream().write(body);
                socket.getOutputStream().flush();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    writer.start();
    String head = head(socket.getInputStream());
    if (head.startsWith("HTTP/1.1 200")) {
      assertThat(socket.getInputStream().readNBytes(body.length)).isEqualTo(body);
    }
    writer.join();
    return head;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void theServerGetsTheValue(String version) throws Exception {
    try (SSLSocket socket = connect()) {
      socket.setEnabledProtocols(new String[] {version});
      byte[] large = new byte[LARGE];
      new Random(1).nextBytes(large);
      for (byte[] body : new byte[][] {{}, "small".getBytes(UTF_8), large, {}}) {
        assertThat(exchange(socket, HOST, body)).startsWith("HTTP/1.1 200");
        assertThat(keys.take()).isEqualTo(VALUE);
      }
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
    }
    assertThat(relay.used).contains("API_KEY");
    assertThat(relay.problems).isEmpty();
  }

  @Test
  void anotherHostInsideTlsDoesNotGetTheValue() throws Exception {
    try (SSLSocket socket = connect()) {
      assertThat(exchange(socket, "evil.example", new byte[0])).startsWith("HTTP/1.1 200");
      assertThat(keys.take()).isEqualTo(SECRET.placeholder());
    }
    assertThat(relay.problems).singleElement().asString().contains("\"evil.example\"");
  }

  @Test
  void aConnectionToAnotherServerNameIsNotDecrypted() throws Exception {
    for (String name : List.of("other.example", "")) {
      try (SSLSocket socket = connect(ofServer.authority(), name)) {
        assertThat(exchange(socket, HOST, new byte[0])).startsWith("HTTP/1.1 200");
        assertThat(keys.take()).isEqualTo(SECRET.placeholder());
        assertThat(socket.getSession().getPeerCertificates()[1]).isEqualTo(ofServer.authority());
      }
    }
    assertThat(relay.problems)
        .hasSize(2)
        .allSatisfy(problem -> assertThat(problem).startsWith("nothing was put in: the program"));
  }

  @Test
  void aServerThatThisJvmDoesNotTrustIsNotAsked() throws Exception {
    close();
    start(ofServer, false);
    try (SSLSocket socket = connect()) {
      assertThat(exchange(socket, HOST, new byte[0])).startsWith("HTTP/1.1 502 Refused by BoxLite");
    }
    assertThat(keys).isEmpty();
    assertThat(relay.problems)
        .singleElement()
        .asString()
        .startsWith("TLS with host.boxlite.internal failed: ")
        .endsWith("add that with the setting boxlite.trusted.certificates");
  }

  @Test
  void aServerWithACertificateForAnotherNameIsNotAsked() throws Exception {
    close();
    start(ofOther, true);
    try (SSLSocket socket = connect()) {
      assertThat(exchange(socket, HOST, new byte[0])).startsWith("HTTP/1.1 502 ");
    }
    assertThat(keys).isEmpty();
    assertThat(relay.problems).singleElement().asString().contains("No subject alternative");
  }

  @Test
  void aProgramThatDoesNotTrustTheAuthorityOfTheBox() throws Exception {
    try (SSLSocket socket = connect(ofServer.authority(), HOST)) {
      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
    }
    await().until(() -> !relay.problems.isEmpty());
    assertThat(relay.problems)
        .singleElement()
        .asString()
        .contains("did not accept the certificate of the box's authority")
        .contains("it pins certificates");
  }

  @Test
  void aProgramThatInsistsOnHttp2() throws Exception {
    try (SSLSocket socket = connect()) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      assertThatThrownBy(socket::startHandshake).hasMessageContaining("no_application_protocol");
    }
    await().until(() -> !relay.problems.isEmpty());
    assertThat(relay.problems)
        .containsExactly(
            "the program insists on another protocol than HTTP/1.1 (ALPN), such as HTTP/2");
  }

  @Test
  void aProgramThatCanSpeakHttp2SpeaksHttp1() throws Exception {
    try (SSLSocket socket = connect()) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      socket.setSSLParameters(parameters);
      assertThat(exchange(socket, HOST, new byte[0])).startsWith("HTTP/1.1 200");
      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
    }
  }

  @Test
  void theEndOfAProgramEndsTheConnectionToTheServer() throws Exception {
    SSLSocket socket = connect();
    assertThat(exchange(socket, HOST, new byte[0])).startsWith("HTTP/1.1 200");
    socket.close();
    SSLSocket cut = connect();
    cut.startHandshake();
    cut.setSoLinger(true, 0);
    cut.close();
    server.stop(0);
    await().untilAsserted(() -> assertThat(relayThreads()).isOne());
  }

  private static long relayThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("relay"))
        .count();
  }

  @Test
  void itsCertificatesAreValid() throws Exception {
    X509Certificate authority = secrets.authority().certificate();
    assertThat(authority.getBasicConstraints()).isZero();
    assertThat(authority.getKeyUsage())
        .containsExactly(false, false, false, false, false, true, true, false, false);
    X509Certificate served;
    try (SSLSocket socket = connect()) {
      socket.startHandshake();
      served = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
    assertThat(served.getSubjectAlternativeNames()).containsExactly(List.of(2, HOST));
    assertThat(served.getBasicConstraints()).isEqualTo(-1);
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
    parameters.setRevocationEnabled(false);
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    assertThat(
            CertPathValidator.getInstance("PKIX")
                .validate(factory.generateCertPath(List.of(served)), parameters))
        .isNotNull();
    assertThat(
            factory.generateCertificates(
                new ByteArrayInputStream(secrets.certificate().getBytes(ISO_8859_1))))
        .singleElement()
        .isEqualTo(authority);
    assertThat(secrets.trustedCertificates()).contains(BoxSecrets.pem(ofServer.authority()));
  }

  @Test
  void trustedCertificatesThatCannotBeRead() throws Exception {
    Path file = Files.writeString(directory.resolve("bad.pem"), "bad");
    for (Path bad : List.of(file, directory.resolve("missing.pem"))) {
      try (SecretService other = new SecretService(Optional.of(bad))) {
        assertThatThrownBy(() -> other.box(List.of(SECRET)))
            .isInstanceOf(BoxliteException.class)
            .hasMessageContaining("boxlite.trusted.certificates is " + bad);
      }
    }
  }
}
