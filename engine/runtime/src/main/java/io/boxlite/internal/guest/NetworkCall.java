package io.boxlite.internal.guest;

import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.ConnectionAttempt;
import io.boxlite.internal.guest.proto.NameAnswer;
import io.boxlite.internal.guest.proto.NameQuery;
import io.boxlite.internal.guest.proto.NetworkQuestion;
import io.boxlite.internal.guest.proto.NetworkReply;
import io.boxlite.internal.guest.proto.Refusal;
import io.boxlite.internal.guest.proto.RefusalReason;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;

/** What the programs of a guest ask for, as long as this is open. */
public final class NetworkCall extends ClientCall.Listener<NetworkQuestion>
    implements AutoCloseable {
  /**
   * How many questions may wait for a reply. An agent has fewer. If it sends more nevertheless, the
   * rest waits in its connection.
   */
  private static final int MAX_OPEN = 8192;

  private static final int MAX_NAME_CHARACTERS = 253;

  private final AgentClient agent;
  private final Handler handler;
  private final ClientCall<NetworkReply, NetworkQuestion> call;

  // Guarded by this. The call has not been asked for another question if `full`.
  private int unanswered;
  private boolean full;
  private boolean closed;

  /** Takes the questions. Its methods must not block. Each question gets exactly one reply. */
  public interface Handler {
    /**
     * A program connects. The reply is {@link NetworkCall#refuse}, or {@link AgentClient#complete}
     * followed by {@link NetworkCall#decided}.
     */
    void attempt(ConnectionAttempt attempt);

    /** A program looks up a name. The reply is {@link NetworkCall#answer}. */
    void query(NameQuery query);
  }

  private NetworkCall(AgentClient agent, Handler handler) {
    this.agent = agent;
    this.handler = handler;
    call =
        agent
            .channel()
            .newCall(
                AgentGrpc.getNetworkMethod(),
                CallOptions.DEFAULT.withOption(GuestChannel.MAY_BE_IDLE, true));
  }

  static NetworkCall open(AgentClient agent, Handler handler) {
    NetworkCall network = new NetworkCall(agent, handler);
    network.call.start(network, new Metadata());
    network.call.request(1);
    return network;
  }

  /** Makes a program's connect(2) fail, or leaves it waiting with {@code TIMED_OUT}. */
  public void refuse(long attempt, RefusalReason reason) {
    Refusal refusal = Refusal.newBuilder().setId(attempt).setReason(reason).build();
    reply(NetworkReply.newBuilder().setRefusal(refusal).build());
  }

  /** Answers a program's query. */
  public void answer(NameAnswer answer) {
    reply(NetworkReply.newBuilder().setAnswer(answer).build());
  }

  /** Makes room for another question: an attempt was approved. */
  public void decided() {
    synchronized (this) {
      unanswered--;
      if (!full) {
        return;
      }
      full = false;
    }
    call.request(1);
  }

  private void reply(NetworkReply reply) {
    synchronized (this) {
      if (closed) {
        return;
      }
      call.sendMessage(reply);
    }
    decided();
  }

  @Override
  public void onMessage(NetworkQuestion question) {
    synchronized (this) {
      unanswered++;
    }
    try {
      switch (question.getQuestionCase()) {
        case ATTEMPT -> handler.attempt(checked(question.getAttempt()));
        case QUERY -> handler.query(checked(question.getQuery()));
        default -> throw new ProtocolViolation("a question about nothing");
      }
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

  private static ConnectionAttempt checked(ConnectionAttempt attempt) throws ProtocolViolation {
    int length = attempt.getAddress().size();
    ProtocolViolation.unless(
        (length == 4 || length == 16) && attempt.getSource().size() == length,
        () -> "an address of " + length + " bytes");
    int port = attempt.getPort();
    ProtocolViolation.unless(port >= 0 && port <= 65_535, () -> "the port " + port);
    return attempt;
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

  /** Ends the call. Programs wait from now on. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    call.cancel("the host serves the network no longer", null);
  }
}
