package io.boxlite.internal.network;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.NetworkCall;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.guest.proto.ConnectionAttempt;
import io.boxlite.internal.guest.proto.NameAnswer;
import io.boxlite.internal.guest.proto.NameQuery;
import io.boxlite.internal.guest.proto.NameStatus;
import io.boxlite.internal.guest.proto.RefusalReason;
import io.boxlite.internal.host.AddressFamily;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Replies to what the programs of one guest ask of the network, and carries their connections. */
public final class NetworkSession implements NetworkCall.Handler, AutoCloseable {
  /** More attempts are refused. Each connection costs this process a descriptor. */
  static final int MAX_CONNECTIONS = 2048;

  private final AgentClient agent;
  private final BoxGateway gateway;
  private final HostSockets sockets;
  private final NetworkCall call;
  private final AtomicInteger connections = new AtomicInteger();

  /** To servers of this machine and beyond that have not answered yet. Guarded by itself. */
  private final Set<CompletableFuture<SocketEnd>> openings = new HashSet<>();

  private volatile boolean closed;

  private NetworkSession(AgentClient agent, BoxGateway gateway, HostSockets sockets) {
    this.agent = agent;
    this.gateway = gateway;
    this.sockets = sockets;
    call = agent.network(this);
  }

  /**
   * Starts to serve a guest.
   *
   * @param gateway decides; stays open when the session is closed
   * @throws io.boxlite.BoxLostException if the box is already lost
   */
  static NetworkSession open(AgentClient agent, BoxGateway gateway, HostSockets sockets) {
    return new NetworkSession(agent, gateway, sockets);
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
            .thenAccept(result -> call.answer(answer(query.getId(), result)));
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

  @Override
  public void attempt(ConnectionAttempt attempt) {
    Decision decision = gateway.decide(address(attempt.getAddress()), attempt.getPort());
    if (!(decision instanceof Decision.Allowed allowed)) {
      call.refuse(attempt.getId(), RefusalReason.REFUSAL_REASON_PROHIBITED);
      return;
    }
    if (connections.incrementAndGet() > MAX_CONNECTIONS) {
      connections.decrementAndGet();
      allowed.connection().failed("the box has " + MAX_CONNECTIONS + " connections already");
      call.refuse(attempt.getId(), RefusalReason.REFUSAL_REASON_REFUSED);
      return;
    }
    CompletableFuture<? extends StreamEnd> opening =
        allowed.peer().isPresent()
            ? allowed.peer().get().get()
            : endWithSession(sockets.connect(allowed.destinations()));
    CompletableFuture<Void> unused =
        opening.handle(
            (end, failure) -> {
              connected(attempt.getId(), allowed.connection(), end, failure);
              return null;
            });
  }

  /** A server may not answer for minutes. */
  private CompletableFuture<SocketEnd> endWithSession(CompletableFuture<SocketEnd> opening) {
    synchronized (openings) {
      openings.add(opening);
    }
    opening.whenComplete(
        (end, failure) -> {
          synchronized (openings) {
            openings.remove(opening);
          }
        });
    if (closed) {
      opening.cancel(false);
    }
    return opening;
  }

  private void connected(
      long attempt, LoggedConnection logged, @Nullable StreamEnd end, @Nullable Throwable failure) {
    if (end == null) {
      connections.decrementAndGet();
      logged.failed(ConnectFailure.text(failure));
      call.refuse(attempt, ConnectFailure.reason(failure));
      return;
    }
    call.decided();
    CompletableFuture<Void> unused =
        agent
            .complete(attempt)
            .handle(
                (guest, lost) -> {
                  if (guest == null) {
                    connections.decrementAndGet();
                    end.reset();
                    logged.ended(0, 0);
                  } else {
                    carry(guest, end, logged);
                  }
                  return null;
                });
  }

  private void carry(StreamEnd guest, StreamEnd end, LoggedConnection logged) {
    StreamEnd counted =
        new CountedEnd(
            end,
            (sent, received) -> {
              connections.decrementAndGet();
              logged.ended(sent, received);
            });
    StreamEnd.couple(guest, counted);
  }

  private static InetAddress address(ByteString octets) {
    try {
      return InetAddress.getByAddress(octets.toByteArray());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of " + octets.size() + " bytes", e);
    }
  }

  /**
   * Ends the session, and attempts to connect. Connections stay until the guest or their other side
   * ends them.
   */
  @Override
  public void close() {
    call.close();
    closed = true;
    List<CompletableFuture<SocketEnd>> unfinished;
    synchronized (openings) {
      unfinished = List.copyOf(openings);
    }
    unfinished.forEach(opening -> opening.cancel(false));
  }
}
