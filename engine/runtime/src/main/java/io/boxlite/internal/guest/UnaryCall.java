package io.boxlite.internal.guest;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Waits for the response of a call, and ends in any case: gRPC does not always end the call of a
 * guest that sends invalid or too many messages, not even at its deadline.
 */
final class UnaryCall {
  private static final Duration STEP = Duration.ofMillis(500);

  private UnaryCall() {}

  /**
   * Returns the response.
   *
   * @param timeout the call's deadline
   * @throws StatusRuntimeException if there is none, or this thread is interrupted
   */
  static <T> T await(AgentClient client, Future<T> response, Duration timeout) {
    long end = System.nanoTime() + timeout.plus(STEP).toNanos();
    try {
      while (true) {
        try {
          return response.get(STEP.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          if (client.loss().isPresent()) {
            throw Status.UNAVAILABLE.withCause(e).asRuntimeException();
          }
          if (System.nanoTime() - end > 0) {
            throw Status.DEADLINE_EXCEEDED.withCause(e).asRuntimeException();
          }
        }
      }
    } catch (ExecutionException e) {
      throw Status.fromThrowable(e).asRuntimeException();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Status.CANCELLED.withCause(e).asRuntimeException();
    } finally {
      response.cancel(true);
    }
  }
}
