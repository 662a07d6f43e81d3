package io.boxlite.internal.guest;

import io.boxlite.BoxLostException;
import io.boxlite.BoxliteException;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Converts the status of a failed call into an exception for the caller. A guest that violates
 * HTTP/2 or gRPC loses its box. A status that a well-behaved agent sends only fails the call.
 */
final class CallFailure {
  /** gRPC says this for a message that is not valid protobuf, and gives the reason as the cause. */
  private static final String UNREADABLE = "Failed to read message.";

  /**
   * How the descriptions begin that gRPC itself gives to the calls of a guest that violates gRPC.
   * An agent that sends such a description only harms its own box.
   */
  private static final List<String> VIOLATIONS =
      List.of(
          UNREADABLE,
          "Can't decode compressed gRPC message",
          "Can't find decompressor",
          "Can't find full stream decompressor",
          "Encountered end-of-stream mid-frame",
          "Full stream and gRPC message encoding",
          "HTTP status code",
          "Missing HTTP status code",
          "More than one value received",
          "No value received",
          "Received headers twice",
          "Received unexpected EOS",
          "Server Headers of size",
          "Server Status + Trailers of size",
          "gRPC frame header malformed",
          "gRPC message exceeds maximum size",
          "headers not received before payload",
          "invalid content-type",
          "missing GRPC status",
          "missing HTTP status code",
          "missing content-type");

  /** gRPC itself never ends a call with these, and an agent may begin their text with any name. */
  private static final Set<Status.Code> REFUSALS =
      EnumSet.of(
          Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND, Status.Code.FAILED_PRECONDITION);

  private CallFailure() {}

  /**
   * Returns how the guest violated HTTP/2 or gRPC. The text completes "the box was lost: …"; empty
   * if the status can come from a well-behaved agent.
   */
  static Optional<String> violation(Status status) {
    if (status.getCause() instanceof Http2Exception violation) {
      return Optional.of("its guest violated HTTP/2: " + GuestText.clean(violation.getMessage()));
    }
    String said = Objects.requireNonNullElse(status.getDescription(), "");
    if (REFUSALS.contains(status.getCode()) || VIOLATIONS.stream().noneMatch(said::startsWith)) {
      return Optional.empty();
    }
    Throwable cause = status.getCause();
    String what =
        said.equals(UNREADABLE) && cause != null
            ? Status.fromThrowable(cause).getDescription()
            : said;
    return Optional.of("its guest violated gRPC: " + GuestText.clean(what));
  }

  /**
   * Waits until it is known why the connection has ended, which is reported apart from the call.
   */
  static void awaitReason(AgentClient client, Status status) {
    if (status.getCode() != Status.Code.UNAVAILABLE
        || !GuestChannel.CONNECTION_ENDED.equals(status.getDescription())) {
      return;
    }
    try {
      client.whenLost().get(2 * AgentClient.LOSS_REASON_DELAY.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // The failure is reported without a reason.
    }
  }

  /**
   * Returns why a call failed, and loses the box if its guest violated HTTP/2 or gRPC. If the box
   * is lost or there is no connection, the exception is a {@link BoxLostException}.
   *
   * @param what what failed, as a clause: "'hello' to the guest of box b1 failed"
   */
  static BoxliteException of(AgentClient client, String what, Status status, Exception cause) {
    // The transport may end the connection for this, which would hide the reason a moment later.
    violation(status).ifPresent(client::lost);
    Optional<BoxLoss> known = client.loss();
    if (Thread.currentThread().isInterrupted()) {
      return new BoxliteException(what + ": interrupted", cause);
    }
    if (known.isPresent()) {
      return known.get().exception();
    }
    String said = GuestText.clean(status.getDescription());
    return status.getCode() == Status.Code.UNAVAILABLE
        ? new BoxLostException(
            what + ": there is no connection: " + said, client.consoleTail(), cause)
        : new BoxliteException(what + ": " + status.getCode() + ": " + said, cause);
  }
}
