package io.boxlite.internal.network.secret;

import static io.boxlite.internal.network.secret.Wire.HOST;
import static io.boxlite.internal.network.secret.Wire.PLACEHOLDER;
import static io.boxlite.internal.network.secret.Wire.PORT;
import static io.boxlite.internal.network.secret.Wire.SECRET;
import static io.boxlite.internal.network.secret.Wire.VALUE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Secret;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests without TLS, as a program sends them and as the server gets them. */
class HttpSecretsTest {
  private static final String GET =
      "GET /v1 HTTP/1.1\r\nHost: " + HOST + ":8080\r\nAuthorization: Bearer %s\r\n\r\n";
  private static final String REQUEST = String.format(GET, PLACEHOLDER);
  private static final String REAL = String.format(GET, VALUE);
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String TO_HOST = "Host: " + HOST;
  private static final String KEY = "X-Api-Key: " + PLACEHOLDER;
  private static final String REAL_KEY = "X-Api-Key: " + VALUE;

  private final Wire wire = new Wire();
  private final TestEnd program = wire.program;
  private final TestEnd server = wire.server;

  private static String request(String... fields) {
    return "GET / HTTP/1.1\r\n" + String.join("\r\n", fields) + "\r\n\r\n";
  }

  @Test
  void theServerGetsTheValue() {
    program.send(REQUEST);
    assertThat(server.received()).isEqualTo(REAL);
    server.send(OK);
    assertThat(program.received()).isEqualTo(OK);
    assertThat(wire.used).containsExactly("API_KEY");
    assertThat(wire.problems).isEmpty();
    program.sendEnd();
    assertThat(server.isEnded()).isTrue();
    server.sendEnd();
    assertThat(program.isEnded()).isTrue();
    assertThat(program.unconsumed()).isZero();
    assertThat(server.unconsumed()).isZero();
  }

  @Test
  void whereverARequestIsSplit() {
    for (int at = 1; at < REQUEST.length(); at++) {
      Wire split = new Wire();
      split.program.send(REQUEST.substring(0, at));
      assertThat(split.program.unconsumed()).as("split at %d", at).isZero();
      assertThat(split.server.received()).isEmpty();
      split.program.send(REQUEST.substring(at));
      assertThat(split.server.received()).as("split at %d", at).isEqualTo(REAL);
    }
  }

  @Test
  void severalRequestsOneAfterTheOtherAndAtOnce() {
    program.send(REQUEST);
    server.send(OK);
    program.send(REQUEST + REQUEST + request(TO_HOST));
    assertThat(server.received()).isEqualTo(REAL + REAL + REAL + request(TO_HOST));
    server.send(OK + OK + OK);
    assertThat(program.received()).isEqualTo(OK.repeat(4));
  }

  @Test
  void aBodyAndATargetStayAsTheyAre() {
    String head = "POST /" + PLACEHOLDER + " HTTP/1.1\r\n" + TO_HOST + "\r\n";
    String body = "{\"key\": \"" + PLACEHOLDER + "\"}";
    String counted = head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    String size = Integer.toHexString(body.length());
    String trailer = "X-Api-Key: " + PLACEHOLDER + "\r\n";
    String chunked =
        head + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + body + "\r\n0\r\n" + trailer;
    program.send(counted + chunked + "\r\n" + REQUEST);
    assertThat(server.received()).isEqualTo(counted + chunked + "\r\n" + REAL);
    assertThat(wire.problems).isEmpty();
  }

  @Test
  void aBodyIsPassedOnWhileItComes() {
    String head = "POST / HTTP/1.1\r\n" + TO_HOST + "\r\nExpect: 100-continue\r\n";
    program.send(head + "Content-Length: 4\r\n\r\n");
    assertThat(server.take()).endsWith("\r\n\r\n");
    server.send("HTTP/1.1 100 Continue\r\n\r\n");
    assertThat(program.take()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
    program.send("ab");
    assertThat(server.take()).isEqualTo("ab");
    program.send("cd" + REQUEST);
    assertThat(server.take()).isEqualTo("cd" + REAL);
    server.send(OK + OK);
    assertThat(program.take()).isEqualTo(OK + OK);
  }

  @Test
  void userAndPasswordAreInBase64() {
    String basic = "Authorization: Basic ";
    String plain = "user:" + PLACEHOLDER;
    String encoded = Base64.getEncoder().encodeToString(plain.getBytes(UTF_8));
    String real = Base64.getEncoder().encodeToString(("user:" + VALUE).getBytes(UTF_8));
    program.send(request(TO_HOST, basic + encoded, "A: Basic !"));
    assertThat(server.received()).isEqualTo(request(TO_HOST, basic + real, "A: Basic !"));
  }

  @Test
  void anotherHostDoesNotGetTheValue() {
    for (String host : List.of("evil.example", HOST + ":81", "10.0.0.1", "", "x." + HOST)) {
      Wire other = new Wire();
      String request = request("Host: " + host, KEY);
      other.program.send(request);
      assertThat(other.server.received()).as(host).isEqualTo(request);
      assertThat(other.used).isEmpty();
      assertThat(other.problems)
          .singleElement()
          .asString()
          .contains("API_KEY was not put into a request: its field Host is \"" + host + "\"")
          .contains("but the connection is to " + HOST + " at port 8080");
    }
  }

  @Test
  void aHostThatSharesTheAddressDoesNotGetTheValue() {
    Secret secret = Secret.of("K", VALUE).forHosts("http://a.example");
    Wire shared = new Wire(List.of("b.example", "a.example"), 80, secret);
    String to = "X-Api-Key: " + secret.placeholder();
    shared.program.send(request("Host: b.example", to) + request("Host: A.Example.:80", to));
    assertThat(shared.server.received())
        .isEqualTo(request("Host: b.example", to) + request("Host: A.Example.:80", REAL_KEY));
    assertThat(shared.problems)
        .containsExactly("K was not put into a request: it is not for b.example at port 80");
  }

  @Test
  void withoutTlsOnlyHostsForWhichThatIsAllowed() {
    Secret secret = Secret.of("K", VALUE).forHosts("a.example");
    Wire plain = new Wire(List.of("a.example"), 80, secret);
    String request = request("Host: a.example", "A: " + secret.placeholder());
    plain.program.send(request);
    assertThat(plain.server.received()).isEqualTo(request);
    assertThat(plain.problems)
        .containsExactly(
            "nothing was put in, because the connection is without TLS; to send K without TLS,"
                + " write its host as http://a.example:80");
  }

  @Test
  void aConnectionToOtherHostsIsLeftAlone() {
    TestEnd host = new TestEnd();
    try (SecretService service = new SecretService(Optional.empty())) {
      BoxSecrets secrets = service.box(List.of(SECRET));
      assertThat(secrets.between(host, Runnable::run, List.of("a.example"), PORT, wire))
          .isSameAs(host);
      assertThat(secrets.between(host, Runnable::run, List.of(), PORT, wire)).isSameAs(host);
    }
  }

  @Test
  void fieldsThatServersSendBackDoNotGetTheValue() {
    String[] fields = {
      "User-Agent: " + PLACEHOLDER,
      "X-Forwarded-Host: " + PLACEHOLDER,
      "Accept-Language: " + PLACEHOLDER,
      "Connection: " + PLACEHOLDER
    };
    for (String field : fields) {
      Wire one = new Wire();
      one.program.send(request(TO_HOST, field));
      assertThat(one.server.received()).isEqualTo(request(TO_HOST, field));
      assertThat(one.problems).singleElement().asString().contains("into the field \"");
    }
    Wire chosen = new Wire(List.of(HOST), PORT, SECRET.inHeaders("User-Agent"));
    chosen.program.send(request(TO_HOST, KEY, "user-agent: " + PLACEHOLDER));
    assertThat(chosen.server.received()).isEqualTo(request(TO_HOST, KEY, "user-agent: " + VALUE));
  }

  @Test
  void aRequestThatIsSentBackDoesNotGetTheValue() {
    String trace = request(TO_HOST, KEY).replace("GET", "TRACE");
    program.send(trace);
    assertThat(server.received()).isEqualTo(trace);
    assertThat(wire.problems).singleElement().asString().contains("TRACE");
  }

  @Test
  void theHeaderOfAResponseHasPlaceholders() {
    program.send(REQUEST);
    server.send(
        "HTTP/1.1 302 See "
            + VALUE
            + "\r\nLocation: /?key="
            + VALUE
            + "\r\n"
            + "Content-Length: "
            + VALUE.length()
            + "\r\n\r\n"
            + VALUE);
    assertThat(program.received())
        .isEqualTo(
            "HTTP/1.1 302 See "
                + PLACEHOLDER
                + "\r\nLocation: /?key="
                + PLACEHOLDER
                + "\r\n"
                + "Content-Length: "
                + VALUE.length()
                + "\r\n\r\n"
                + VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: -1",
        "Content-Length:",
        "Content-Length : 5",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: \u000bchunked",
        "A: b\r\n continued",
        "A: b\nB: c",
        "A: b\rB: c",
        "A: b\u0000c",
        " A: b",
        "A b",
        ": b",
        "A\u00e4: b",
        "Host: evil.example"
      })
  void whatCouldBeReadInTwoWaysReachesNoServer(String fields) {
    program.send(request(TO_HOST, KEY, fields) + REQUEST);
    assertThat(server.received()).isEmpty();
    assertThat(server.isBroken()).isTrue();
    assertThat(program.received())
        .matches(
            "(?s)HTTP/1.1 (400|501) Refused by BoxLite\r\n.*Connection: close\r\n.*BoxLite: .*");
    assertThat(program.isEnded()).isTrue();
    assertThat(program.unconsumed()).isZero();
    assertThat(wire.problems).singleElement().asString().startsWith("a request was refused: ");
    assertThat(wire.used).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET  / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET evil HTTP/1.1",
        "GET http://evil.example/ HTTP/1.1",
        "GET http://user@host.boxlite.internal/ HTTP/1.1",
        "GET / HTTP/2.0",
        "CONNECT host.boxlite.internal:443 HTTP/1.1",
      })
  void aFirstLineThatServersMayReadInTwoWays(String line) {
    program.send(REQUEST + line + "\r\n" + TO_HOST + "\r\n" + KEY + "\r\n\r\n");
    assertThat(server.received()).isEqualTo(REAL);
    assertThat(program.received()).as("the first response comes first").isEmpty();
    server.send(OK);
    assertThat(program.received()).startsWith(OK + "HTTP/1.1 ").contains(" Refused by BoxLite");
    assertThat(program.isEnded()).isTrue();
  }

  @Test
  void aRequestWithoutAHost() {
    program.send(request(KEY));
    assertThat(program.received()).startsWith("HTTP/1.1 400 ").contains("has no field Host");
    Wire old = new Wire();
    String request = "GET / HTTP/1.0\r\n" + KEY + "\r\n\r\n";
    old.program.send(request);
    assertThat(old.server.received()).isEqualTo(request);
    assertThat(old.problems).singleElement().asString().contains("its field Host is \"\"");
    old.server.send("HTTP/1.0 200 OK\r\n\r\nuntil the end");
    assertThat(old.program.received()).endsWith("until the end");
    old.server.sendEnd();
    assertThat(old.program.isEnded()).isTrue();
  }

  @Test
  void aUrlAsTheTarget() {
    String request = request(TO_HOST, KEY).replace("GET /", "GET http://" + HOST + "/x?y");
    program.send(request);
    assertThat(server.received()).isEqualTo(request.replace(PLACEHOLDER, VALUE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x\r\n",
        "\r\n",
        "5;a=b\r\n",
        "5 \r\n",
        "5\n",
        "-5\r\n",
        "0x5\r\n",
        "5\r\nabcdeX",
        "1234567890123456\r\n",
        "5\r\nabcde\n",
        "0\r\nA b\r\n",
        "0\r\nContent-Length: 5\r\n",
        "0\r\n A: b",
        "0\r\nA: b\n"
      })
  void aBadChunkEndsTheConnection(String chunk) {
    program.send(
        request(TO_HOST, KEY, "Transfer-Encoding: chunked").replace("GET", "POST") + chunk);
    assertThat(server.isBroken()).isTrue();
    assertThat(program.received()).startsWith("HTTP/1.1 400 ");
    assertThat(program.isEnded()).isTrue();
  }

  @Test
  void aBadChunkAfterTheResponseHasBegun() {
    program.send(request(TO_HOST, "Transfer-Encoding: chunked").replace("GET", "POST"));
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    program.send("x");
    assertThat(server.isBroken()).isFalse();
    server.send("67890");
    assertThat(program.received()).endsWith("12345" + "67890").doesNotContain("BoxLite");
    assertThat(server.isBroken()).isTrue();
    assertThat(program.isEnded()).isTrue();
  }

  @Test
  void aLongHeaderIsRefused() {
    String line = "A: " + "x".repeat(1000) + "\r\n";
    program.send("GET / HTTP/1.1\r\n" + TO_HOST + "\r\n");
    for (int i = 0; i < 66 && program.received().isEmpty(); i++) {
      program.send(line);
      assertThat(program.unconsumed()).isZero();
    }
    assertThat(program.received()).startsWith("HTTP/1.1 431 ");
    assertThat(server.received()).isEmpty();
  }

  @Test
  void aHeaderThatWouldBeTooLongWithItsSecrets() {
    Secret large = Secret.of("API_KEY", "v".repeat(8192)).forHosts(HOST).placeholder("12345678");
    Wire grown = new Wire(List.of(HOST), PORT, large);
    grown.program.send(request(TO_HOST, "A: " + "12345678".repeat(1000)));
    assertThat(grown.program.received()).startsWith("HTTP/1.1 431 ");
    assertThat(grown.server.received()).isEmpty();
  }

  @Test
  void anUpgradeIsPassedOnAsItIs() {
    String upgrade = request(TO_HOST, KEY, "Upgrade: websocket", "Connection: Upgrade");
    program.send(upgrade + "early " + PLACEHOLDER);
    assertThat(server.take()).isEqualTo(upgrade.replace(PLACEHOLDER, VALUE));
    String switched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
    server.send(switched + "\u0081\u0001x");
    assertThat(program.take()).isEqualTo(switched + "\u0081\u0001x");
    assertThat(server.take()).isEqualTo("early " + PLACEHOLDER);
    program.send(REQUEST);
    assertThat(server.take()).as("no request any more").isEqualTo(REQUEST);
  }

  @Test
  void anUpgradeThatTheServerDoesNotMake() {
    program.send(request(TO_HOST, "Upgrade: h2c") + REQUEST);
    assertThat(server.take()).doesNotContain("Bearer");
    server.send(OK);
    assertThat(server.take()).isEqualTo(REAL);
  }

  @Test
  void aServerThatSwitchesWithoutBeingAsked() {
    program.send(REQUEST);
    server.send("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    assertThat(program.isBroken()).isTrue();
    assertThat(server.isBroken()).isTrue();
    assertThat(program.received()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PING\r\n",
        "hello",
        "\u0000\u0000\u0000\u0008",
        "SSH-2.0-x\r\n",
        "GET key\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u0016\u0003",
        "\u0016abc"
      })
  void whatIsNeitherHttpNorTlsIsPassedOnAsItIs(String first) {
    program.send(first);
    program.sendEnd();
    assertThat(server.received()).isEqualTo(first);
    assertThat(server.isEnded()).isTrue();
    server.send(VALUE);
    assertThat(program.received()).isEqualTo(VALUE);
    assertThat(wire.problems).singleElement().asString().contains("neither HTTP/1.1 nor TLS");
  }

  @Test
  void aServerThatSpeaksFirst() {
    server.send("220 ready\r\n");
    assertThat(program.take()).isEqualTo("220 ready\r\n");
    program.send(REQUEST);
    assertThat(server.take()).isEqualTo(REQUEST);
  }

  @Test
  void nothingIsReadFromAProgramWhileItsServerDoesNotRead() {
    server.stopReading();
    program.send(request(TO_HOST, "Content-Length: 100000000").replace("GET", "POST"));
    long sent = 0;
    while (program.room() > 0) {
      int room = program.room();
      program.send("x".repeat(room));
      sent += room;
      assertThat(sent).isLessThan(1 << 20);
    }
    assertThat(server.received()).hasSizeLessThan(100_000);
    server.readOn();
    assertThat(program.unconsumed()).isZero();
    program.stopReading();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    sent = 0;
    while (server.room() > 0) {
      int room = server.room();
      server.send("x".repeat(room));
      sent += room;
      assertThat(sent).isLessThan(1 << 20);
    }
    program.readOn();
    assertThat(server.unconsumed()).isZero();
  }

  @Test
  void manyRequestsThatNoServerAnswersAreNotKept() {
    for (int i = 0; i < 1000 && program.room() >= REQUEST.length(); i++) {
      program.send(REQUEST);
    }
    assertThat(program.room()).isLessThan(REQUEST.length());
    assertThat(server.received()).isEqualTo(REAL.repeat(64));
    server.send(OK);
    assertThat(server.received()).isEqualTo(REAL.repeat(65));
  }

  @Test
  void anEndAndAResetArePassedOn() {
    program.sendReset();
    assertThat(server.isBroken()).isTrue();
    Wire reset = new Wire();
    reset.program.send(REQUEST);
    reset.server.sendReset();
    assertThat(reset.program.isBroken()).isTrue();
    Wire idle = new Wire();
    idle.program.send(REQUEST);
    idle.server.send(OK);
    idle.server.sendReset();
    assertThat(idle.program.isEnded()).isTrue();
    Wire partial = new Wire();
    partial.program.send("GET / HT");
    partial.program.sendEnd();
    assertThat(partial.server.isEnded()).isTrue();
  }

  @Test
  void aResponseThatIsNotHttpIsNotPassedOn() {
    program.send(REQUEST);
    server.send("ICY 200 OK\r\n\r\n");
    assertThat(program.received()).isEmpty();
    assertThat(program.isBroken()).isTrue();
    assertThat(wire.problems).singleElement().asString().contains("a response of the server");
  }
}
