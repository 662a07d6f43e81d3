package io.boxlite.internal.vm.machine;

import io.boxlite.BoxliteException;
import io.boxlite.internal.guest.HostStalls;
import io.boxlite.internal.host.Deadline;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A machine that a {@link Hypervisor} has started: one process with its console, its connection to
 * the agent, and its directory, all of which it owns. Any thread may call any method.
 */
public interface Machine extends AutoCloseable {
  /**
   * Waits until the hypervisor accepts the machine, and lets the guest run. Must be called once,
   * before a connection to the agent is made.
   *
   * @throws HypervisorException when the hypervisor refuses, ends, or does not answer in time
   */
  void begin(Duration timeout) throws HypervisorException, InterruptedException;

  /**
   * Connects to the guest's agent, after {@link #begin}. A previous connection must be closed.
   *
   * @return the connection, which the caller owns
   * @throws IOException when the hypervisor does not connect, or not in time
   */
  SocketChannel connectAgent() throws IOException;

  /**
   * Connects to the guest's network card, after {@link #begin}. Called once. Each frame has its
   * length in front, 4 bytes in network byte order.
   *
   * @return the connection, which the caller owns
   * @throws IOException when the hypervisor does not connect, or not in time
   * @throws IllegalStateException if the machine has no network card
   */
  SocketChannel connectNetworkCard() throws IOException;

  /** Returns the measurement of how long the host keeps the guest from running. */
  HostStalls hostStalls();

  /** Returns the last lines of the guest's console; may be empty. */
  String consoleTail();

  /** Returns the process id of the machine's process. */
  long pid();

  /** Returns how the machine's process is isolated from the host. */
  ProcessIsolation isolation();

  /** Completes when the process has ended and its remaining output was read. */
  CompletableFuture<ExitReport> onExit();

  /**
   * Completes with the reason when the hypervisor refuses a command that does not wait for its
   * result, such as {@link #resume}. May never complete.
   */
  CompletableFuture<String> onRefusal();

  /**
   * Stops the guest's processors until {@link #resume}. A hypervisor that cannot do so may leave
   * them running.
   */
  void pause(Duration timeout) throws HypervisorException, InterruptedException;

  /** Lets a paused guest continue. Does not wait for it; see {@link #onRefusal}. */
  void resume();

  /**
   * Copies the scratch disk, as it is at this moment, into a new file.
   *
   * @throws IOException when the file cannot be written
   * @throws HypervisorException when the hypervisor refuses, fails, or is not done in time
   */
  void copyDisk(Path file, Deadline deadline)
      throws IOException, HypervisorException, InterruptedException;

  /** Kills the process without waiting for its end; harmless when it has ended. */
  void kill();

  /**
   * Kills the process if it still runs, and waits until it is gone. Its files stay until {@link
   * #close}.
   *
   * @throws BoxliteException when the kernel does not let the process go
   */
  void end();

  /** Kills the process if it still runs, and deletes its files. */
  @Override
  void close();

  /** Waits for the process to end by itself; empty when it still runs after that time. */
  default Optional<ExitReport> awaitExit(Duration timeout) throws InterruptedException {
    try {
      return Optional.of(onExit().get(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the exit of process " + pid() + " is unknown", e);
    }
  }
}
