package io.boxlite.internal.guest;

import io.boxlite.BoxliteException;
import io.boxlite.internal.guest.proto.UsageRequest;
import io.boxlite.internal.guest.proto.UsageResponse;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Usage of a process tree until now.
 *
 * @param cpuTime user and system time of the whole tree, as counted by the guest
 * @param peakMemoryBytes the peak memory of the whole tree
 */
public record GuestUsage(Duration cpuTime, long peakMemoryBytes) {

  /** Asks the guest; empty if the process is not running. */
  static Optional<GuestUsage> of(AgentClient client, int pid, Duration timeout) {
    UsageRequest request = UsageRequest.newBuilder().setPid(pid).build();
    try {
      Optional<UsageResponse> response =
          ofRunning(() -> client.call("usage", timeout, stub -> stub.usage(request)));
      if (response.isEmpty()) {
        return Optional.empty();
      }
      UsageResponse usage = response.get();
      ProtocolViolation.unless(
          usage.getCpuTimeNanos() >= 0 && usage.getPeakMemoryBytes() >= 0,
          () -> "a time or an amount of memory of 2^63 or more");
      return Optional.of(
          new GuestUsage(Duration.ofNanos(usage.getCpuTimeNanos()), usage.getPeakMemoryBytes()));
    } catch (ProtocolViolation e) {
      client.lost("its guest violated the protocol: it sent " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Makes a call about an execution; empty if it has ended in the meantime. */
  static <T> Optional<T> ofRunning(Supplier<T> call) {
    try {
      return Optional.of(call.get());
    } catch (BoxliteException e) {
      if (Status.fromThrowable(e).getCode() == Status.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
