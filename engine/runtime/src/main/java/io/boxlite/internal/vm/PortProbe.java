package io.boxlite.internal.vm;

import io.boxlite.Wait;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.network.StreamPipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Whether a program accepts connections on a port. */
record PortProbe(Wait.Port condition, AgentClient agent) implements Probe {
  /** How long the server has to end its side as well. */
  private static final long HANG_UP_MILLIS = 500;

  @Override
  public Optional<String> ask(Duration most) throws InterruptedException {
    Dialed dialed = dial(agent, condition.port(), most);
    dialed.stream().ifPresent(PortProbe::hangUp);
    return dialed.refusal();
  }

  /** Ends a connection in order: servers log a connection that is reset. */
  @SuppressWarnings("FutureReturnValueIgnored") // if the machine is gone, so is the connection
  private static void hangUp(StreamEnd stream) {
    StreamPipe connection = new StreamPipe();
    StreamEnd.couple(stream, connection);
    try {
      connection.output().close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing does not write", e);
    }
    CompletableFuture.runAsync(
        connection::close,
        CompletableFuture.delayedExecutor(HANG_UP_MILLIS, TimeUnit.MILLISECONDS));
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
    CompletableFuture<StreamEnd> dialed = agent.connect(port);
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
