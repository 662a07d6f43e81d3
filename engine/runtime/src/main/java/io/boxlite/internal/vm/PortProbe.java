package io.boxlite.internal.vm;

import io.boxlite.Wait;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.guest.proto.ConnectionTarget;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Whether a program accepts connections on a port. */
record PortProbe(Wait.Port condition, AgentClient agent) implements Probe {
  @Override
  public Optional<String> ask(Duration most) throws InterruptedException {
    Dialed dialed = dial(agent, condition.port(), most);
    dialed.stream().ifPresent(StreamEnd::reset);
    return dialed.refusal();
  }

  /**
   * The result of an attempt to connect; one of the two is there.
   *
   * @param stream the connection
   * @param refusal why there is none
   */
  record Dialed(Optional<StreamEnd> stream, Optional<String> refusal) {
    private static Dialed refused(String why) {
      return new Dialed(Optional.empty(), Optional.of(why));
    }
  }

  /** Connects to a port of the machine. */
  static Dialed dial(AgentClient agent, int port, Duration most) throws InterruptedException {
    CompletableFuture<StreamEnd> dialed =
        agent.dial(ConnectionTarget.newBuilder().setPort(port).build());
    try {
      return new Dialed(
          Optional.of(dialed.get(most.toNanos(), TimeUnit.NANOSECONDS)), Optional.empty());
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      return Dialed.refused(Objects.requireNonNullElse(cause.getMessage(), cause.toString()));
    } catch (TimeoutException e) {
      CompletableFuture<Void> unused = dialed.thenAccept(StreamEnd::reset);
      return Dialed.refused("the connection was not accepted");
    }
  }
}
