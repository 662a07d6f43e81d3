package io.boxlite.internal.guest;

import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.UsageRequest;
import io.boxlite.internal.guest.proto.UsageResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Usage of a process tree until now.
 *
 * @param cpuTime user and system time of the whole tree, as counted by the guest
 * @param peakMemoryBytes the peak memory of the whole tree
 */
public record GuestUsage(Duration cpuTime, long peakMemoryBytes) {

  /** Asks the guest; empty if the process is not running. */
  static Optional<GuestUsage> of(AgentClient client, int pid, Duration timeout) {
    client.requireUsable();
    try {
      UsageResponse usage =
          AgentGrpc.newBlockingStub(client.channel())
              .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS)
              .usage(UsageRequest.newBuilder().setPid(pid).build());
      ProtocolViolation.unless(
          usage.getCpuTimeNanos() >= 0 && usage.getPeakMemoryBytes() >= 0,
          () -> "a time or an amount of memory of 2^63 or more");
      return Optional.of(
          new GuestUsage(Duration.ofNanos(usage.getCpuTimeNanos()), usage.getPeakMemoryBytes()));
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw CallFailure.of(client, "'usage' to the guest of box " + client.box(), e.getStatus(), e);
    } catch (ProtocolViolation e) {
      client.lost("its guest violated the protocol: it sent " + e.getMessage());
      return Optional.empty();
    }
  }
}
