package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.HOST_V4;
import static io.boxlite.network.NetworkPrograms.command;
import static io.boxlite.network.NetworkPrograms.run;
import static io.boxlite.network.NetworkPrograms.small;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Programs that ask for more than anyone could serve: packets of their own making, and DNS queries.
 * The box and another one stay usable meanwhile and afterwards. {@code mvn -Psoak verify} sends
 * 20,000 of each.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(600)
class NetworkFloodSoakIT {
  private static final Logger log = LoggerFactory.getLogger(NetworkFloodSoakIT.class);
  private static final int PACKETS = Integer.getInteger("soak.packets", 1000);
  private static final Duration QUICK = Duration.ofSeconds(5);
  private static final long MOST_HEAP_MIB = 16;

  /** A query for the address of host.boxlite.internal. */
  private static final String QUERY =
      "123401000001000000000000" + "04686f737407626f786c69746508696e7465726e616c00" + "00010001";

  private Boxlite boxlite;
  private LiteBox box;
  private LiteBox other;

  @BeforeAll
  void create(@TempDir Path directory) {
    boxlite = Boxlite.open(BoxliteOptions.builder().poolSize(0).build());
    NetworkPrograms programs = new NetworkPrograms(directory);
    Network network = Network.allow("host.boxlite.internal");
    box = programs.copyInto(boxlite.create(small().network(network).build()));
    other = programs.copyInto(boxlite.create(small().network(network).build()));
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  @Test
  void packetsForConnectionsThatTheHostMayAllow() throws Exception {
    flood("syns", HOST_V4, 9);
  }

  @Test
  void packetsForConnectionsThatAreRefused() throws Exception {
    flood("syns", "203.0.113.7", 80);
  }

  @Test
  void packetsThatLookAsIfTheAgentHadSentThem() throws Exception {
    flood("marked-syns", HOST_V4, 9);
  }

  @Test
  void queries() throws Exception {
    flood("message-flood", "127.0.0.11", 53, QUERY);
  }

  private void flood(String what, String address, int port, String... message) throws Exception {
    String[] arguments = new String[1 + message.length];
    arguments[0] = Integer.toString(PACKETS);
    System.arraycopy(message, 0, arguments, 1, message.length);
    try (HostServer server = HostServer.echo()) {
      assertServes(box, server);
      long heap = HostResources.heapKib();
      long begin = System.nanoTime();
      try (Execution flood = box.start(command(what, address, port, arguments))) {
        assertServes(other, server);
        assertThat(flood.await().stdout()).startsWith("sent ");
      }
      log.info("{} of {} in {} ms", what, PACKETS, (System.nanoTime() - begin) / 1_000_000);
      assertServes(other, server);
      assertServes(box, server);
      assertThat((HostResources.heapKib() - heap) >> 10).isLessThan(MOST_HEAP_MIB);
    }
  }

  private static void assertServes(LiteBox box, HostServer server) {
    long begin = System.nanoTime();
    assertThat(box.exec("echo", "quick").stdout()).isEqualTo("quick\n");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(QUICK);
    assertThat(run(box, "send-then-read", HOST_V4, server.port(), "text")).isEqualTo("text|end");
  }
}
