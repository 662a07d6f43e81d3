package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.HOST_V4;
import static io.boxlite.network.NetworkPrograms.command;
import static io.boxlite.network.NetworkPrograms.line;
import static io.boxlite.network.NetworkPrograms.small;
import static io.boxlite.network.NetworkPrograms.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.Execution;
import io.boxlite.GuestConnection;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many connections, and connections that nobody reads. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
class ConnectionLoadIT {
  private static final int PORT = 7000;
  private static final int CONNECTIONS = 1000;
  private static final int FEW = 100;

  /** The kernels' buffers of both sides, and all windows between them. */
  private static final long MOST_BUFFERED = 16 << 20;

  /** What a connection may cost this JVM while it is open, and what may be left of it. */
  private static final long MOST_OPEN_KIB = 48;

  private static final long MOST_CLOSED_KIB = 2;
  private static final Duration QUICK = Duration.ofSeconds(2);

  private static final BoxOptions OPTIONS =
      small().network(Network.allow("host.boxlite.internal")).ports(PORT).build();

  private Boxlite boxlite;
  private NetworkPrograms programs;
  private LiteBox box;

  @BeforeAll
  void create(@TempDir Path directory) {
    boxlite = Boxlite.open(BoxliteOptions.builder().poolSize(0).build());
    programs = new NetworkPrograms(directory);
    box = programs.copyInto(boxlite.create(OPTIONS));
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  /** Sends back each byte, on one thread, and counts the connections that are open. */
  private static final class ManyConnections implements AutoCloseable {
    private final Selector selector = Selector.open();
    private final ServerSocketChannel listening = ServerSocketChannel.open();
    private final AtomicInteger open = new AtomicInteger();
    private final Thread thread = new Thread(this::serve, "many-connections");

    ManyConnections() throws IOException {
      listening.bind(new InetSocketAddress("127.0.0.1", 0), 4096).configureBlocking(false);
      listening.register(selector, SelectionKey.OP_ACCEPT);
      thread.setDaemon(true);
      thread.start();
    }

    int port() {
      return listening.socket().getLocalPort();
    }

    private void serve() {
      try {
        while (selector.isOpen()) {
          selector.select();
          for (SelectionKey key : selector.selectedKeys()) {
            if (key.isAcceptable()) {
              SocketChannel accepted = listening.accept();
              accepted.configureBlocking(false);
              accepted.register(selector, SelectionKey.OP_READ);
              open.incrementAndGet();
            } else if (!echo((SocketChannel) key.channel())) {
              key.channel().close();
              open.decrementAndGet();
            }
          }
          selector.selectedKeys().clear();
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      } catch (ClosedSelectorException e) {
        // This was closed.
      }
    }

    private static boolean echo(SocketChannel channel) {
      ByteBuffer buffer = ByteBuffer.allocate(64);
      try {
        if (channel.read(buffer) < 0) {
          return false;
        }
        channel.write(buffer.flip());
        return true;
      } catch (IOException e) {
        return false; // a reset
      }
    }

    @Override
    public void close() throws IOException {
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    }
  }

  @Test
  void aThousandConnectionsOfPrograms() throws Exception {
    try (ManyConnections server = new ManyConnections()) {
      many(box, server.port(), FEW).close(); // loads classes and fills pools
      await().untilAsserted(() -> assertThat(server.open).hasValue(0));
      long before = HostResources.heapKib();
      try (Execution many = many(box, server.port(), CONNECTIONS)) {
        assertThat(many.isRunning()).isTrue();
        assertThat(server.open).hasValue(CONNECTIONS);
        assertQuick();
        assertThat(HostResources.heapKib() - before).isLessThan(CONNECTIONS * MOST_OPEN_KIB);
      }
      await().untilAsserted(() -> assertThat(server.open).hasValue(0));
      // The guest has not acknowledged all of the ends yet.
      await()
          .untilAsserted(
              () ->
                  assertThat(HostResources.heapKib() - before)
                      .isLessThan(CONNECTIONS * MOST_CLOSED_KIB));
    }
  }

  private static Execution many(LiteBox box, int port, int connections) {
    String number = Integer.toString(connections);
    return start(box, number + " exchanged a byte", "many", HOST_V4, port, number);
  }

  @Test
  void aThousandConnectionsThroughAPublishedPort() throws Exception {
    try (Execution server = start(box, "listening", "echo", "0.0.0.0", PORT)) {
      connectAndClose(FEW);
      long before = HostResources.heapKib();
      long most = connectAndClose(CONNECTIONS) - before;
      assertThat(most).isLessThan(CONNECTIONS * MOST_OPEN_KIB);
      await()
          .untilAsserted(
              () ->
                  assertThat(HostResources.heapKib() - before)
                      .isLessThan(CONNECTIONS * MOST_CLOSED_KIB));
      assertThat(server.isRunning()).isTrue();
      await().untilAsserted(() -> assertThat(openFiles()).isLessThan(FEW));
    }
  }

  /** Returns the heap in use while the connections were open. */
  private long connectAndClose(int connections) throws IOException {
    InetSocketAddress address = box.network().address(PORT);
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      Socket socket = new Socket(address.getAddress(), address.getPort());
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(i);
      sockets.add(socket);
    }
    for (int i = 0; i < connections; i++) {
      assertThat(sockets.get(i).getInputStream().read()).isEqualTo(i & 0xff);
    }
    assertQuick();
    long heap = HostResources.heapKib();
    for (Socket socket : sockets) {
      socket.close();
    }
    return heap;
  }

  private int openFiles() {
    return Integer.parseInt(
        box.exec("sh", "-c", "ls /proc/$(pidof network)/fd | wc -l").stdout().trim());
  }

  @Test
  void aServerOfThisMachineThatReadsNothing() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (HostServer server = new HostServer(connection -> over.await(60, TimeUnit.SECONDS));
        Execution writing = box.start(command("stuff", HOST_V4, server.port()))) {
      assertThat(Long.parseLong(line(writing))).isBetween(1L, MOST_BUFFERED);
      assertThat(line(writing)).isEqualTo("blocked");
      assertQuick();
    } finally {
      over.countDown();
    }
  }

  @Test
  void aProgramThatReadsNothing() throws Exception {
    AtomicLong written = new AtomicLong();
    try (HostServer server =
            new HostServer(
                connection -> {
                  OutputStream output = connection.getOutputStream();
                  byte[] zeros = new byte[1 << 16];
                  while (true) {
                    output.write(zeros);
                    written.addAndGet(zeros.length);
                  }
                });
        Execution idle = start(box, "connected", "idle", HOST_V4, server.port())) {
      assertStopsGrowing(written);
      assertQuick();
      idle.kill();
      assertThat(server.outcome()).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aServerInTheBoxThatReadsNothing() throws Exception {
    AtomicLong written = new AtomicLong();
    try (Execution server = start(box, "listening", "serve-nobody", "0.0.0.0", 7001);
        GuestConnection connection = box.network().connect(7001)) {
      assertThat(line(server)).isEqualTo("accepted");
      Thread writer =
          new Thread(
              () -> {
                try {
                  while (true) {
                    connection.output().write(new byte[1 << 16]);
                    written.addAndGet(1 << 16);
                  }
                } catch (IOException e) {
                  // The connection was closed.
                }
              });
      writer.start();
      assertStopsGrowing(written);
      assertQuick();
      server.kill();
      writer.join(10_000);
      assertThat(writer.isAlive()).isFalse();
    }
  }

  private static void assertStopsGrowing(AtomicLong written) throws InterruptedException {
    for (long before = -1; before != written.get(); ) {
      before = written.get();
      assertThat(before).isLessThan(MOST_BUFFERED);
      Thread.sleep(1000);
    }
    assertThat(written.get()).isPositive();
  }

  private void assertQuick() {
    long begin = System.nanoTime();
    assertThat(box.exec("echo", "quick").stdout()).isEqualTo("quick\n");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(QUICK);
  }

  /** Whoever ends the boxes, nothing of them stays, and servers learn of it. */
  @Test
  void theEndOfABoxAndOfTheEngineEndAllConnections() throws Exception {
    long before = HostResources.sockets();
    try (ManyConnections server = new ManyConnections()) {
      for (boolean byEngine : new boolean[] {false, true}) {
        Boxlite other = Boxlite.open(BoxliteOptions.builder().poolSize(0).build());
        LiteBox ending = programs.copyInto(other.create(OPTIONS));
        InetSocketAddress published = ending.network().address(PORT);
        many(ending, server.port(), FEW);
        start(ending, "listening", "echo", "0.0.0.0", PORT);
        try (Socket client = new Socket(published.getAddress(), published.getPort())) {
          client.setSoTimeout(30_000);
          client.getOutputStream().write(1);
          assertThat(client.getInputStream().read()).isEqualTo(1);
          GuestConnection connection = ending.network().connect(PORT);
          if (!byEngine) {
            ending.close();
          }
          other.close();
          await().untilAsserted(() -> assertThat(server.open).hasValue(0));
          assertThat(ended(client)).isTrue();
          assertThatIOException().isThrownBy(() -> connection.input().read());
          assertThatIOException()
              .isThrownBy(() -> new Socket(published.getAddress(), published.getPort()).close());
        }
      }
    }
    await().untilAsserted(() -> assertThat(HostResources.sockets()).isLessThanOrEqualTo(before));
  }

  private static boolean ended(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true; // a reset
    }
  }
}
