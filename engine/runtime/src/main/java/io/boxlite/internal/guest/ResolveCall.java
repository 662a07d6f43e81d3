package io.boxlite.internal.guest;

import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.NameAnswer;
import io.boxlite.internal.guest.proto.NameQuery;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;

/** The names that the programs of a guest look up, as long as this is open. */
public final class ResolveCall extends ClientCall.Listener<NameQuery> implements AutoCloseable {
  /**
   * How many queries may wait for an answer. An agent has fewer. If it sends more nevertheless, the
   * rest waits in its connection.
   */
  private static final int MAX_OPEN = 2048;

  private static final int MAX_NAME_CHARACTERS = 253;

  private final AgentClient agent;
  private final Handler handler;
  private final ClientCall<NameAnswer, NameQuery> call;

  // Guarded by this. The call has not been asked for another query if `full`.
  private int unanswered;
  private boolean full;
  private boolean closed;

  /** Takes the queries. */
  public interface Handler {
    /**
     * A program looks up a name. Must not block. Each query gets exactly one {@link
     * ResolveCall#answer}.
     */
    void query(NameQuery query);
  }

  private ResolveCall(AgentClient agent, Handler handler) {
    this.agent = agent;
    this.handler = handler;
    call =
        agent
            .channel()
            .newCall(
                AgentGrpc.getResolveMethod(),
                CallOptions.DEFAULT.withOption(GuestChannel.MAY_BE_IDLE, true));
  }

  static ResolveCall open(AgentClient agent, Handler handler) {
    ResolveCall resolve = new ResolveCall(agent, handler);
    resolve.call.start(resolve, new Metadata());
    resolve.call.request(1);
    return resolve;
  }

  /** Answers a program's query. */
  public void answer(NameAnswer answer) {
    synchronized (this) {
      if (closed) {
        return;
      }
      call.sendMessage(answer);
      unanswered--;
      if (!full) {
        return;
      }
      full = false;
    }
    call.request(1);
  }

  @Override
  public void onMessage(NameQuery query) {
    synchronized (this) {
      unanswered++;
    }
    try {
      handler.query(checked(query));
    } catch (ProtocolViolation e) {
      agent.lost("its guest sent " + e.getMessage());
      return;
    }
    synchronized (this) {
      full = unanswered >= MAX_OPEN;
      if (full) {
        return;
      }
    }
    call.request(1);
  }

  private static NameQuery checked(NameQuery query) throws ProtocolViolation {
    String name = query.getName();
    ProtocolViolation.unless(
        !name.isEmpty()
            && name.length() <= MAX_NAME_CHARACTERS
            && name.chars().allMatch(c -> c > ' ' && c <= '~'),
        () -> "a query for a name of " + name.length() + " characters that no host can have");
    return query;
  }

  /** Ends the call. Programs get no answers from now on. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    call.cancel("the host serves the network no longer", null);
  }
}
