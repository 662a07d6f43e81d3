package io.boxlite.internal.network.ip;

import io.boxlite.internal.guest.StreamEnd;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TCP connections of one guest. Takes any segment that a guest sends.
 *
 * <p>All its state belongs to the event loop of its link.
 */
final class TcpStack {
  /** With as many connections and attempts, a new one fails or is dropped. */
  static final int MAX_CONNECTIONS = 4096;

  /** Shared among the connections that there are, it is the window of a new one. */
  private static final int BUDGET_BYTES = 16 << 20;

  private static final int MIN_WINDOW_BYTES = 32 << 10;
  private static final int MAX_WINDOW_BYTES = 256 << 10;

  private static final int TICK_MILLIS = 100;
  private static final int SECOND_MILLIS = 1000;

  /** RFC 9293, section 3.8.6.3, allows 500. A program may wait for it to send more. */
  private static final int ACKNOWLEDGE_MILLIS = 1;

  /** When a refusal is told again, each time after the one before. */
  private static final int[] TELL_AGAIN_MILLIS = {2, 20, 100};

  // The range of ports that Linux uses for connections (net.ipv4.ip_local_port_range).
  private static final int FIRST_PORT = 32_768;
  private static final int LAST_PORT = 60_999;

  private static final Logger LOG = LoggerFactory.getLogger(TcpStack.class);

  private final Output output;
  private final FrameWriter frames;

  private final Map<Flow, TcpAttempt> attempts = new HashMap<>();
  private final Map<Flow, TcpConnection> connections = new HashMap<>();

  /** Connections that acknowledge something when all that has arrived was received. */
  private final Set<TcpConnection> owing = new LinkedHashSet<>();

  /** Connections that acknowledge something soon, unless they have data to send before. */
  private final Set<TcpConnection> delaying = new LinkedHashSet<>();

  private boolean delayed;

  /** Connections that wait for the guest. They get ticks. */
  private final Set<TcpConnection> waiting = new LinkedHashSet<>();

  /** Connections that have something to send, while the link takes nothing. */
  private final Set<TcpConnection> blocked = new LinkedHashSet<>();

  private @Nullable Consumer<TcpAttempt> attempted;
  private boolean ticking;
  private boolean watching;

  /** Refusals that are told once more. */
  private int telling;

  private boolean closed;
  private int lastPort = LAST_PORT;

  /** Where packets go, and what runs the tasks of a stack, one after the other. */
  interface Output {
    /** Sends a frame with its length in front, or drops it if the link has ended. */
    void send(ByteBuf frame);

    /** Sends at once what is otherwise sent soon. */
    void flush();

    /** Returns whether frames would be sent soon. */
    boolean isWritable();

    /** Runs a task on the event loop: at once if this is its thread. */
    void onLoop(Runnable task);

    /** Runs a task on the event loop later. */
    void after(int millis, Runnable task);
  }

  /** Creates a stack without connections. */
  TcpStack(Output output, FrameWriter frames) {
    this.output = output;
    this.frames = frames;
  }

  /**
   * Passes on what programs of the guest connect to.
   *
   * @param attempted takes it, on the event loop
   */
  void serve(Consumer<TcpAttempt> attempted) {
    this.attempted = attempted;
  }

  /** Breaks all connections, and passes on nothing more. */
  void release() {
    attempted = null;
    endAttempts();
    List.copyOf(connections.values()).forEach(TcpConnection::breakOff);
  }

  private void endAttempts() {
    List<TcpAttempt> ended = List.copyOf(attempts.values());
    attempts.clear();
    ended.forEach(TcpAttempt::end);
  }

  /**
   * Connects to a program of the guest. Any thread may call this.
   *
   * @param guest an address of the guest
   * @param source the address that the program sees, of the same family
   * @return completes with the connection; otherwise with a {@link
   *     io.boxlite.internal.guest.GuestConnectException}, or an {@link IOException} if the guest
   *     has ended or has too many connections; cancelling it ends the attempt
   */
  CompletableFuture<StreamEnd> connect(InetAddress guest, int port, InetAddress source) {
    CompletableFuture<StreamEnd> opened = new CompletableFuture<>();
    output.onLoop(
        () -> {
          Optional<Flow> flow = closed ? Optional.empty() : freeFlow(guest, port, source);
          if (flow.isEmpty()) {
            opened.completeExceptionally(
                new IOException(
                    closed
                        ? "the box has ended"
                        : "the box has " + MAX_CONNECTIONS + " connections already"));
            return;
          }
          TcpConnection connection = new TcpConnection(this, flow.get(), opened);
          connections.put(flow.get(), connection);
          connection.open(window());
          opened.whenComplete(
              (end, failure) -> {
                if (opened.isCancelled()) {
                  connection.reset();
                }
              });
        });
    return opened;
  }

  private Optional<Flow> freeFlow(InetAddress guest, int port, InetAddress source) {
    if (isFull()) {
      return Optional.empty();
    }
    for (int i = FIRST_PORT; i <= LAST_PORT; i++) {
      lastPort = lastPort == LAST_PORT ? FIRST_PORT : lastPort + 1;
      Flow flow = new Flow(guest, port, source, lastPort);
      if (!connections.containsKey(flow) && !attempts.containsKey(flow)) {
        return Optional.of(flow);
      }
    }
    return Optional.empty();
  }

  private boolean isFull() {
    return connections.size() + attempts.size() >= MAX_CONNECTIONS;
  }

  /** The more connections there are, the less data of each may wait to be passed on. */
  private int window() {
    int share = BUDGET_BYTES / (connections.size() + 1);
    return Math.max(MIN_WINDOW_BYTES, Math.min(MAX_WINDOW_BYTES, share));
  }

  /** See {@link TcpAttempt#accept}. */
  StreamEnd accept(TcpAttempt attempt) {
    TcpConnection connection = new TcpConnection(this, attempt);
    output.onLoop(
        () -> {
          Flow flow = attempt.syn().flow();
          if (closed || !attempts.remove(flow, attempt)) {
            connection.abandon();
            return;
          }
          connections.put(flow, connection);
          connection.open(window());
          output.flush(); // before its caller goes on to work with the connection
        });
    return connection;
  }

  /** See {@link TcpAttempt#refuse}. */
  void refuse(TcpAttempt attempt, Refusal refusal) {
    output.onLoop(
        () -> {
          if (attempts.remove(attempt.syn().flow(), attempt)) {
            switch (refusal) {
              case REFUSED -> reset(attempt.syn());
              case TIMED_OUT -> {}
              default -> unreachable(attempt.syn(), refusal, 0);
            }
            attempt.end();
          }
        });
  }

  /**
   * Tells a program that its destination is unreachable.
   *
   * <p>Linux ignores such an error while connect(2) has not returned to its wait, so it is told
   * more than once.
   *
   * @param told how often it was told before
   */
  private void unreachable(TcpSegment syn, Refusal refusal, int told) {
    reply(frames.unreachable(syn.flow(), syn.sequence(), refusal));
    if (told < TELL_AGAIN_MILLIS.length && telling < MAX_CONNECTIONS) {
      telling++;
      output.after(
          TELL_AGAIN_MILLIS[told],
          () -> {
            telling--;
            if (!closed) {
              unreachable(syn, refusal, told + 1);
            }
          });
    }
  }

  /** Takes a packet of the guest. */
  void receive(IpPacket packet) {
    if (closed || packet.protocol() != TcpSegment.PROTOCOL) {
      return;
    }
    TcpSegment.parse(packet).ifPresent(this::receive);
  }

  private void receive(TcpSegment segment) {
    TcpConnection connection = connections.get(segment.flow());
    if (connection != null) {
      connection.receive(segment);
    } else if (segment.opens()) {
      open(segment);
    } else if (!segment.has(TcpSegment.RST)) {
      reset(segment);
    }
  }

  private void open(TcpSegment segment) {
    TcpAttempt known = attempts.get(segment.flow());
    if (known != null) {
      known.repeated(); // its program still waits
    } else if (attempted != null && !isFull()) {
      TcpAttempt attempt = new TcpAttempt(this, segment.withoutPayload());
      attempts.put(segment.flow(), attempt);
      try {
        attempted.accept(attempt);
      } catch (RuntimeException e) {
        // It must not cost the guest its other connections.
        LOG.error("cannot handle a connection to {}", segment.flow().remote(), e);
        attempt.refuse(Refusal.HOST_UNREACHABLE);
      }
      if (!watching && !attempts.isEmpty()) {
        watching = true;
        output.after(SECOND_MILLIS, this::watchAttempts);
      }
    }
  }

  /** Gives up attempts whose program has gone. */
  private void watchAttempts() {
    for (TcpAttempt attempt : List.copyOf(attempts.values())) {
      if (attempt.isSilent()) {
        attempts.remove(attempt.syn().flow());
        attempt.end();
      }
    }
    watching = !attempts.isEmpty();
    if (watching) {
      output.after(SECOND_MILLIS, this::watchAttempts);
    }
  }

  /** Returns the number of its connections. */
  int size() {
    return connections.size();
  }

  /** Everything that has arrived was received. */
  void received() {
    if (!owing.isEmpty()) {
      List<TcpConnection> owed = List.copyOf(owing);
      owing.clear();
      owed.forEach(TcpConnection::acknowledge);
    }
  }

  /** Answers a segment that belongs to no connection (RFC 9293, section 3.5.2). */
  void reset(TcpSegment segment) {
    FrameWriter.Header header =
        segment.has(TcpSegment.ACK)
            ? new FrameWriter.Header(segment.acknowledgment(), 0, TcpSegment.RST, 0)
            : new FrameWriter.Header(
                0, segment.sequence() + segment.length(), TcpSegment.RST | TcpSegment.ACK, 0);
    reply(frames.segment(segment.flow(), header));
  }

  /** Sends what need not arrive: a guest that floods the link gets no replies. */
  private void reply(ByteBuf frame) {
    if (output.isWritable()) {
      output.send(frame);
    } else {
      frame.release();
    }
  }

  FrameWriter frames() {
    return frames;
  }

  void send(ByteBuf frame) {
    output.send(frame);
  }

  boolean isWritable() {
    return output.isWritable();
  }

  void onLoop(Runnable task) {
    output.onLoop(task);
  }

  /** Calls the connection when all that has arrived was received. */
  void owes(TcpConnection connection) {
    owing.add(connection);
  }

  /** Calls the connection after a moment, in which the other end may have an answer. */
  void owesSoon(TcpConnection connection) {
    delaying.add(connection);
    if (!delayed) {
      delayed = true;
      output.after(ACKNOWLEDGE_MILLIS, this::acknowledgeDelayed);
    }
  }

  void owesNothing(TcpConnection connection) {
    owing.remove(connection);
    delaying.remove(connection);
  }

  private void acknowledgeDelayed() {
    delayed = false;
    List<TcpConnection> owed = List.copyOf(delaying);
    delaying.clear();
    owed.forEach(TcpConnection::acknowledge);
  }

  /** Calls the connection when the link takes frames again. */
  void waitsForLink(TcpConnection connection) {
    blocked.add(connection);
  }

  /** Gives the connection ticks. */
  void waitsForGuest(TcpConnection connection) {
    if (waiting.add(connection) && !ticking) {
      ticking = true;
      output.after(TICK_MILLIS, this::tick);
    }
  }

  private void tick() {
    for (TcpConnection connection : List.copyOf(waiting)) {
      if (!connection.tick()) {
        waiting.remove(connection);
      }
    }
    ticking = !waiting.isEmpty();
    if (ticking) {
      output.after(TICK_MILLIS, this::tick);
    }
  }

  /** The link takes frames again. Each connection gets its turn. */
  void writable() {
    while (!blocked.isEmpty() && output.isWritable()) {
      TcpConnection next = blocked.iterator().next();
      blocked.remove(next);
      next.resume();
    }
  }

  void remove(TcpConnection connection) {
    connections.remove(connection.flow(), connection);
    owesNothing(connection);
    waiting.remove(connection);
    blocked.remove(connection);
  }

  /** Breaks all connections. */
  void close() {
    closed = true;
    endAttempts();
    List.copyOf(connections.values()).forEach(TcpConnection::abandon);
  }
}
