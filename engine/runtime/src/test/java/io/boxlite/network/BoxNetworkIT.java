package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.line;
import static io.boxlite.network.NetworkPrograms.run;
import static io.boxlite.network.NetworkPrograms.small;
import static io.boxlite.network.NetworkPrograms.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.boxlite.BoxNetwork;
import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Boxes that reach each other. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class BoxNetworkIT {
  private static final int PORT = 5432;

  private Boxlite boxlite;
  private NetworkPrograms programs;
  private BoxNetwork network;
  private LiteBox database;
  private LiteBox web;

  @BeforeAll
  void create(@TempDir Path directory) {
    boxlite = Boxlite.open();
    programs = new NetworkPrograms(directory);
    network = boxlite.newNetwork("backend");
    database =
        programs.copyInto(
            boxlite.create(small().name("store").join(network, "db", "Cache").build()));
    // Without a name, it reaches others and is not found.
    web = programs.copyInto(boxlite.create(small().join(network).build()));
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  private static String addressOf(LiteBox box) {
    return box.exec("sh", "-c", "ip -4 -o addr show eth0 | sed 's/.*inet //; s|[ /].*||'")
        .stdout()
        .trim();
  }

  private static String lookUp(LiteBox box, String name) {
    return box.exec("sh", "-c", "nslookup -type=a " + name + " 2>&1 | tail -n +4").stdout();
  }

  @Test
  void aBoxIsFoundByItsNameAndItsAliases() throws Exception {
    String address = addressOf(database);
    assertThat(address).startsWith("198.19.");
    for (String name : new String[] {"store", "db", "cache", "DB", "Cache"}) {
      assertThat(lookUp(web, name)).as(name).contains(address);
      try (Execution server = start(database, "listening", "serve-one", "0.0.0.0", PORT, "hello")) {
        assertThat(web.exec("nc", "-w", "5", name, "" + PORT).stdout()).isEqualTo("hello");
        assertThat(line(server)).isEqualTo("from " + addressOf(web));
      }
    }
    assertThat(lookUp(web, "nobody")).contains("NXDOMAIN");
    assertThat(web.network().log().describe()).contains("ALLOWED connect " + address + ":" + PORT);
  }

  @Test
  void eachBoxKnowsItsOwnAddress() {
    for (LiteBox box : new LiteBox[] {database, web}) {
      String hosts = box.exec("cat", "/etc/hosts").stdout();
      assertThat(hosts).contains(addressOf(box)).contains(box.exec("hostname").stdout().trim());
      assertThat(box.exec("hostname", "-i").stdout()).contains(addressOf(box));
    }
    assertThat(addressOf(database)).isNotEqualTo(addressOf(web));
  }

  @Test
  void halfClosedConnectionsAndResetsBetweenBoxes() {
    String address = addressOf(database);
    try (Execution server = start(database, "listening", "serve-one", "0.0.0.0", PORT, "answer")) {
      assertThat(run(web, "send-then-read", address, PORT, "question")).isEqualTo("answer|end");
      assertThat(line(server)).isEqualTo("from " + addressOf(web));
      assertThat(line(server)).isEqualTo("question|end");
    }
    try (Execution server = start(database, "listening", "serve-reset", "0.0.0.0", PORT)) {
      assertThat(run(web, "read", address, PORT))
          .isEqualTo("connected\nread: Connection reset by peer");
      assertThat(server.await().exitCode()).isZero();
    }
    assertThat(run(web, "connect", address, PORT)).isEqualTo("Connection refused");
  }

  @Test
  void manyConnectionsBetweenBoxes() {
    try (Execution unused = start(database, "listening", "echo", "0.0.0.0", PORT)) {
      assertThat(run(web, "threads", addressOf(database), PORT, "8")).isEqualTo("done");
    }
  }

  @Test
  void servicesOnLoopbackBelongToTheirBox() {
    String address = addressOf(database);
    try (Execution unused = start(database, "listening", "echo", "127.0.0.1", PORT)) {
      assertThat(run(database, "connect", "127.0.0.1", PORT)).isEqualTo("connected");
      assertThat(run(web, "connect", address, PORT)).isEqualTo("Connection refused");
    }
    try (Execution unused = start(database, "listening", "echo", address, PORT)) {
      assertThat(run(web, "connect", address, PORT)).isEqualTo("connected");
      assertThat(run(database, "connect", address, PORT)).isEqualTo("connected");
    }
  }

  @Test
  void beingOnANetworkLetsABoxReachNothingElse() {
    try (HostServer server = HostServer.echo()) {
      assertThat(run(web, "connect", NetworkPrograms.HOST_V4, server.port()))
          .isEqualTo("No route to host");
      assertThat(run(web, "connect", "203.0.113.1", 80)).isEqualTo("No route to host");
      assertThat(lookUp(web, "host.boxlite.internal")).contains("NXDOMAIN");
    }
  }

  @Test
  void othersDoNotReachTheBoxes() {
    String address = addressOf(database);
    try (Execution unused = start(database, "listening", "echo", "0.0.0.0", PORT);
        BoxNetwork second = boxlite.newNetwork();
        LiteBox stranger = boxlite.create(small().network(Network.outbound()).build());
        LiteBox neighbour = boxlite.create(small().join(second, "db").build())) {
      for (LiteBox box : new LiteBox[] {stranger, neighbour}) {
        programs.copyInto(box);
        assertThat(run(box, "connect", address, PORT)).isEqualTo("No route to host");
        assertThat(lookUp(box, "store")).doesNotContain(address);
      }
      // The same alias on another network is another box.
      assertThat(addressOf(neighbour)).isNotEqualTo(address);
    }
  }

  @Test
  void anAliasIsTakenUntilItsBoxEnds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> boxlite.create(small().join(network, "DB").build()))
        .withMessageContaining("alias is \"DB\"")
        .withMessageContaining("\"backend\"");
    try (LiteBox unused = boxlite.create(small().join(network, "brief").build())) {
      assertThat(lookUp(web, "brief")).contains("198.19.");
    }
    assertThat(lookUp(web, "brief")).contains("NXDOMAIN");
    try (LiteBox again = boxlite.create(small().join(network, "brief").build())) {
      assertThat(lookUp(web, "brief")).contains(addressOf(again));
    }
  }

  @Test
  void anAliasWithoutANetworkIsAnError() {
    BoxOptions options = small().alias("db").build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> boxlite.create(options))
        .withMessageContaining("alias is [db], but the box joins no network");
  }

  @Test
  void aResetKeepsNamesAndAddress() {
    try (LiteBox box = boxlite.create(small().join(network, "again").build())) {
      String address = addressOf(box);
      box.reset();
      programs.copyInto(box);
      assertThat(addressOf(box)).isEqualTo(address);
      try (Execution unused = start(box, "listening", "echo", "0.0.0.0", PORT)) {
        assertThat(lookUp(web, "again")).contains(address);
        assertThat(run(web, "connect", address, PORT)).isEqualTo("connected");
      }
      assertThat(run(box, "connect", addressOf(database), 1)).isEqualTo("Connection refused");
    }
  }

  @Test
  void boxesOnAClosedNetworkGoOnAlone() {
    BoxNetwork brief = boxlite.newNetwork("brief");
    try (LiteBox one = programs.copyInto(boxlite.create(small().join(brief, "one").build()));
        LiteBox two = programs.copyInto(boxlite.create(small().join(brief, "two").build()))) {
      String address = addressOf(one);
      try (Execution unused = start(one, "listening", "echo", "0.0.0.0", PORT)) {
        assertThat(run(two, "connect", address, PORT)).isEqualTo("connected");
        brief.close();
        brief.close();
        assertThat(run(two, "connect", address, PORT)).isEqualTo("No route to host");
        assertThat(lookUp(two, "one")).contains("NXDOMAIN");
        assertThat(two.exec("echo", "alive").stdout()).isEqualTo("alive\n");
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> boxlite.create(small().join(brief).build()))
          .withMessageContaining("there is no such network");
    }
    try (BoxNetwork same = boxlite.newNetwork("brief")) {
      assertThat(same.name()).isEqualTo("brief");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> boxlite.newNetwork("brief"))
          .withMessageContaining("another network has");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> boxlite.newNetwork("no name"));
  }
}
