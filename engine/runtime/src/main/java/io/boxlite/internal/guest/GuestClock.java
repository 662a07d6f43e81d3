package io.boxlite.internal.guest;

import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.ConfigureResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets a guest's clock to the host's: together with its identity, and once more if that took long.
 */
final class GuestClock {
  private static final Logger LOG = LoggerFactory.getLogger(GuestClock.class);

  /** The difference between the clocks above which the guest's is corrected. */
  private static final Duration TOLERANCE = Duration.ofMillis(20);

  /** A peer that shuts down may cancel its calls before it ends the connection. */
  private static final Set<Status.Code> NO_CONNECTION =
      Set.of(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);

  private GuestClock() {}

  /** Returns the request with the host's time in its identity, if it has one. */
  static ConfigureRequest atThisMoment(ConfigureRequest request) {
    if (!request.hasIdentity()) {
      return request;
    }
    Instant now = Instant.now();
    long nanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    return request.toBuilder()
        .setIdentity(request.getIdentity().toBuilder().setUnixTimeNanos(nanos))
        .build();
  }

  /**
   * Moves the clock by as much as the response shows it to be behind. This need not be waited for,
   * since it is in force for every later call.
   */
  static void correct(AgentClient agent, ConfigureResponse response, Duration timeout) {
    if (response.getUnixTimeNanos() < 0) {
      agent.lost("its guest violated the protocol: it sent a time of 2^63 ns or more");
      return;
    }
    Instant guest = Instant.ofEpochSecond(0, response.getUnixTimeNanos());
    Duration step = Duration.between(guest, Instant.now());
    if (step.abs().compareTo(TOLERANCE) <= 0) {
      return;
    }
    LOG.debug("the clock of box {} is {} ms behind", agent.box(), step.toMillis());
    AgentGrpc.newStub(agent.channel())
        .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS)
        .configure(
            ConfigureRequest.newBuilder().setClockStepNanos(step.toNanos()).build(),
            new StreamObserver<>() {
              @Override
              public void onNext(ConfigureResponse response) {}

              @Override
              public void onError(Throwable failure) {
                notSet(agent, Status.fromThrowable(failure));
              }

              @Override
              public void onCompleted() {}
            });
  }

  private static void notSet(AgentClient agent, Status status) {
    Optional<String> violation = CallFailure.violation(status);
    String said = GuestText.clean(status.getDescription());
    if (violation.isPresent()) {
      agent.lost(violation.get());
    } else if (NO_CONNECTION.contains(status.getCode())) {
      agent.connectionEnded(said);
    } else {
      agent.lost("its clock cannot be set: " + status.getCode() + ": " + said);
    }
  }
}
