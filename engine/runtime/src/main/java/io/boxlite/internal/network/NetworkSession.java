package io.boxlite.internal.network;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestConnectException;
import io.boxlite.internal.guest.ResolveCall;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.guest.proto.NameAnswer;
import io.boxlite.internal.guest.proto.NameQuery;
import io.boxlite.internal.guest.proto.NameStatus;
import io.boxlite.internal.host.AddressFamily;
import io.boxlite.internal.network.ip.EthernetLink;
import io.boxlite.internal.network.ip.Refusal;
import io.boxlite.internal.network.ip.TcpAttempt;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what the programs of one guest ask of the network, and carries their connections. */
public final class NetworkSession implements GuestPorts, ResolveCall.Handler, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkSession.class);

  /** More attempts are refused. Each connection costs this process a descriptor and memory. */
  static final int MAX_CONNECTIONS = 2048;

  /**
   * Shared among the connections that there are, it is what may wait of a new one for the guest.
   */
  private static final int BUDGET_BYTES = 32 << 20;

  private static final int MIN_WINDOW_BYTES = 16 << 10;

  private static final CompletableFuture<Void> NOTHING_LEFT =
      CompletableFuture.completedFuture(null);

  private final AgentClient agent;
  private final EthernetLink link;
  private final BoxGateway gateway;
  private final HostSockets sockets;
  private final InetAddress guest;
  private final ResolveCall names;
  private final AtomicInteger connections = new AtomicInteger();

  private NetworkSession(
      AgentClient agent,
      EthernetLink link,
      BoxGateway gateway,
      HostSockets sockets,
      InetAddress guest) {
    this.agent = agent;
    this.link = link;
    this.gateway = gateway;
    this.sockets = sockets;
    this.guest = guest;
    names = agent.resolve(this);
  }

  /**
   * Starts to serve a guest.
   *
   * @param link to its network card; stays open when the session is closed
   * @param gateway decides; stays open when the session is closed
   * @param guest the IPv4 address of its card
   * @throws io.boxlite.BoxLostException if the box is already lost
   */
  static NetworkSession open(
      AgentClient agent,
      EthernetLink link,
      BoxGateway gateway,
      HostSockets sockets,
      InetAddress guest) {
    NetworkSession session = new NetworkSession(agent, link, gateway, sockets, guest);
    link.serve(session::attempt);
    return session;
  }

  @Override
  public void query(NameQuery query) {
    AddressFamily family =
        switch (query.getFamily()) {
          case ADDRESS_FAMILY_IPV6 -> AddressFamily.IPV6;
          default -> AddressFamily.IPV4;
        };
    CompletableFuture<Void> unused =
        gateway
            .resolve(query.getName(), family)
            .thenAccept(result -> names.answer(answer(query.getId(), result)));
  }

  private static NameAnswer answer(long id, NameResult result) {
    NameAnswer.Builder answer = NameAnswer.newBuilder().setId(id);
    if (result instanceof NameResult.Found found) {
      found
          .addresses()
          .forEach(address -> answer.addAddresses(ByteString.copyFrom(address.getAddress())));
      return answer
          .setStatus(NameStatus.NAME_STATUS_FOUND)
          .setTtlSeconds((int) found.ttl().toSeconds())
          .build();
    }
    return answer
        .setStatus(
            result instanceof NameResult.NotFound
                ? NameStatus.NAME_STATUS_NOT_FOUND
                : result instanceof NameResult.TimedOut
                    ? NameStatus.NAME_STATUS_TIMED_OUT
                    : NameStatus.NAME_STATUS_FAILED)
        .build();
  }

  /** A program connects. */
  private void attempt(TcpAttempt attempt) {
    Decision decision = gateway.decide(attempt.address(), attempt.port());
    if (!(decision instanceof Decision.Allowed allowed)) {
      attempt.refuse(Refusal.PROHIBITED);
      return;
    }
    if (connections.incrementAndGet() > MAX_CONNECTIONS) {
      connections.decrementAndGet();
      allowed.connection().failed("the box has " + MAX_CONNECTIONS + " connections already");
      attempt.refuse(Refusal.REFUSED);
      return;
    }
    CompletableFuture<? extends StreamEnd> opening = open(allowed);
    // A server may not answer for minutes.
    CompletableFuture<Void> programEnded = attempt.ended().thenRun(() -> opening.cancel(false));
    CompletableFuture<Void> serverEnded =
        opening
            .handle((end, failure) -> connected(attempt, allowed.connection(), end, failure))
            .thenCompose(ended -> ended);
    CompletableFuture<Void> unused =
        CompletableFuture.allOf(programEnded, serverEnded)
            .whenComplete((nothing, failure) -> connections.decrementAndGet());
  }

  private CompletableFuture<? extends StreamEnd> open(Decision.Allowed allowed) {
    try {
      return allowed.peer().isPresent()
          ? allowed.peer().get().get()
          : sockets.connect(allowed.destinations());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Returns what completes when nothing is left of the connection to the server. */
  private CompletableFuture<Void> connected(
      TcpAttempt attempt,
      LoggedConnection logged,
      @Nullable StreamEnd end,
      @Nullable Throwable failure) {
    if (end == null) {
      logged.failed(ConnectFailure.text(failure));
      attempt.refuse(ConnectFailure.refusal(failure));
      return NOTHING_LEFT;
    }
    StreamEnd program = attempt.accept();
    StreamEnd counted = new CountedEnd(end, logged::ended);
    if (!(end instanceof SocketEnd socket)) {
      StreamEnd.couple(program, counted);
      return NOTHING_LEFT;
    }
    socket.limit(Math.max(MIN_WINDOW_BYTES, BUDGET_BYTES / connections.get()));
    try {
      // A name of another box may be that of a host for which a secret is.
      StreamEnd.couple(program, gateway.withSecrets(counted, socket.thread(), logged));
    } catch (RuntimeException e) {
      LOG.error("cannot carry a connection to {}", attempt.address(), e);
      program.reset();
      counted.reset();
    }
    return socket.closed();
  }

  /**
   * {@inheritDoc}
   *
   * <p>A program that listens on a loopback address alone is found as well. It sees a connection
   * from there, and other programs one from this machine.
   */
  @Override
  public CompletableFuture<StreamEnd> connect(int port) {
    return connect(port, HostZone.V4)
        .exceptionallyCompose(
            failure ->
                failure instanceof GuestConnectException refused && refused.isRefused()
                    ? agent.connect(port)
                    : CompletableFuture.failedFuture(failure));
  }

  /**
   * Connects to a program that listens on all addresses, or on that of the card.
   *
   * @param source the address that the program sees
   */
  CompletableFuture<StreamEnd> connect(int port, InetAddress source) {
    return link.connect(guest, port, source);
  }

  /** Ends the session, its connections, and attempts to connect. */
  @Override
  public void close() {
    names.close();
    link.release();
  }
}
