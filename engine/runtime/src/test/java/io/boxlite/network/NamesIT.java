package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.command;
import static io.boxlite.network.NetworkPrograms.run;
import static io.boxlite.network.NetworkPrograms.small;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Boxlite;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The resolver of a box, asked by programs that speak DNS well or badly. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class NamesIT {
  private static final String RESOLVER = "127.0.0.11";
  private static final String HOST = "host.boxlite.internal";
  private static final String V4 = "c6120001";
  private static final String V6 = "fd626f786c6974650000000000000001";

  private static final int A = 1;
  private static final int MX = 15;
  private static final int AAAA = 28;
  private static final int ANY = 255;

  /** The last four bits of the flags of a response. */
  private static final int NO_ERROR = 0;

  private static final int FORMAT_ERROR = 1;
  private static final int NOT_FOUND = 3;
  private static final int NOT_IMPLEMENTED = 4;
  private static final int GARBAGE = 60;

  private Boxlite boxlite;
  private LiteBox box;

  @BeforeAll
  void create(@TempDir Path directory) {
    boxlite = Boxlite.open();
    Network network = Network.allow(HOST, "localhost.localdomain");
    box = new NetworkPrograms(directory).copyInto(boxlite.create(small().network(network).build()));
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  /** A query (RFC 1035, section 4.1), in hexadecimal. */
  private static String query(String name, int type, boolean extended) {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes(
        new byte[] {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, (byte) (extended ? 1 : 0)});
    for (String label : name.split("\\.")) {
      message.write(label.length());
      message.writeBytes(label.getBytes(US_ASCII));
    }
    message.writeBytes(new byte[] {0, 0, (byte) type, 0, 1});
    if (extended) { // RFC 6891: the root, OPT, 1232 bytes, no flags, no data
      message.writeBytes(new byte[] {0, 0, 41, 4, (byte) 0xd0, 0, 0, 0, 0, 0, 0});
    }
    return HexFormat.of().formatHex(message.toByteArray());
  }

  private List<String> responses(String how, List<String> messages) {
    return run(box, how, RESOLVER, 53, messages.toArray(String[]::new)).lines().toList();
  }

  private String response(String message) {
    return responses("messages", List.of(message)).get(0);
  }

  private static int code(String response) {
    assertThat(response).as("id, and the flag of responses").startsWith("12348");
    return Character.digit(response.charAt(7), 16);
  }

  private static int answers(String response) {
    return Integer.parseInt(response.substring(12, 16), 16);
  }

  @Test
  void addressesOfBothFamilies() {
    for (boolean extended : new boolean[] {false, true}) {
      String v4 = response(query(HOST, A, extended));
      assertThat(code(v4)).isEqualTo(NO_ERROR);
      assertThat(answers(v4)).isEqualTo(1);
      assertThat(v4).contains(V4);
      String v6 = response(query(HOST, AAAA, extended));
      assertThat(answers(v6)).isEqualTo(1);
      assertThat(v6).contains(V6);
      assertThat(Integer.parseInt(v4.substring(20, 24), 16)).isEqualTo(extended ? 1 : 0);
    }
  }

  @Test
  void upperCaseIsTheSameNameAndTheResponseRepeatsIt() {
    String query = query("HoSt.BoxLite.InterNAL", A, false);
    String response = response(query);
    assertThat(answers(response)).isEqualTo(1);
    assertThat(response).contains(query.substring(24));
  }

  @Test
  void namesThatNoRuleAllowsDoNotExist() {
    for (String name : List.of("www.example.com", "boxlite.internal", "x.host.boxlite.internal")) {
      for (int type : new int[] {A, AAAA}) {
        assertThat(code(response(query(name, type, false)))).as(name).isEqualTo(NOT_FOUND);
      }
    }
    ExecResult lookup = box.exec("nslookup", "www.example.com");
    assertThat(lookup.stdout() + lookup.stderr()).contains("NXDOMAIN");
  }

  @Test
  void otherTypesHaveNoRecords() {
    for (int type : new int[] {MX, ANY, 2, 6, 16, 64, 65, 251, 252}) {
      String response = response(query(HOST, type, false));
      assertThat(code(response)).as("type %d", type).isIn(NO_ERROR, NOT_IMPLEMENTED);
      assertThat(answers(response)).as("type %d", type).isZero();
    }
  }

  @Test
  void severalQueriesOnOneTcpConnection() {
    List<String> framed = new ArrayList<>();
    for (String name : List.of(HOST, "www.example.com", HOST)) {
      String query = query(name, A, false);
      framed.add(String.format("%04x", query.length() / 2) + query);
    }
    List<String> responses = responses("tcp-messages", framed);
    assertThat(responses.get(0)).contains(V4);
    assertThat(code(responses.get(1).substring(4))).isEqualTo(NOT_FOUND);
    assertThat(responses.get(2)).isEqualTo(responses.get(0));
  }

  @Test
  void anAddressOfTheHostIsNotGivenToAName() {
    // The host knows this name as its loopback address, if it knows it.
    String response = response(query("localhost.localdomain", A, false));
    assertThat(answers(response)).isZero();
    assertThat(box.network().log().describe()).contains("localhost.localdomain");
    // This name is that of the box.
    assertThat(response(query("localhost", A, false))).contains("7f000001");
    assertThat(response(query("any.localhost", A, false))).contains("7f000001");
  }

  @Test
  void garbageGetsAnErrorOrNoResponse() {
    Random random = new Random(7);
    String good = query(HOST, A, true);
    List<String> garbage = new ArrayList<>(List.of("00", good.substring(0, 22)));
    // What claims to be a response gets none.
    garbage.add("12348180" + good.substring(8));
    for (int i = 0; i < GARBAGE; i++) {
      byte[] bytes = HexFormat.of().parseHex(good);
      for (int change = 0; change <= i % 4; change++) {
        bytes[2 + random.nextInt(bytes.length - 2)] = (byte) random.nextInt();
      }
      int length = i % 3 == 0 ? 12 + random.nextInt(bytes.length - 12) : bytes.length;
      garbage.add(HexFormat.of().formatHex(bytes, 0, length));
    }
    Command flood =
        command("message-flood", RESOLVER, 53, "1", garbage.get(0)).timeout(Duration.ofSeconds(5));
    assertThat(box.exec(flood).exitCode()).isZero();
    for (String message : garbage) {
      // Sends without waiting: most of it gets no response.
      box.exec(command("message-flood", RESOLVER, 53, "1", message));
    }
    assertThat(code(response("12340100" + "0001000000000000")))
        .as("no question")
        .isEqualTo(FORMAT_ERROR);
    addressesOfBothFamilies();
  }

  @Test
  void aFloodOfQueriesLeavesTheResolverUsable() {
    ExecResult flood =
        box.exec(command("message-flood", RESOLVER, 53, "1000", query(HOST, A, false)));
    assertThat(flood.stdout()).startsWith("sent ");
    run(box, "message-flood", RESOLVER, 53, "1000", query("a.example.com", A, false));
    addressesOfBothFamilies();
    assertThat(box.network().log().events().size()).isLessThanOrEqualTo(1000);
  }

  /** More connections than the resolver serves at once, none of which asks anything. */
  @Test
  void idleTcpConnectionsDoNotStopQueriesByUdp() {
    ExecResult idle =
        box.exec(
            Command.of(
                    "sh",
                    "-c",
                    "for i in $(seq 40); do sleep 20 | nc 127.0.0.11 53 & done; sleep 1;"
                        + " nslookup -type=a "
                        + HOST
                        + " | tail -2; kill $(pidof sleep)")
                .timeout(Duration.ofSeconds(30)));
    assertThat(idle.stdout()).contains("198.18.0.1");
  }
}
