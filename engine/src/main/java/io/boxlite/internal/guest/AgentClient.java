package io.boxlite.internal.guest;

import io.boxlite.BoxLostException;
import io.boxlite.BoxliteException;
import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.guest.proto.HelloRequest;
import io.boxlite.internal.guest.proto.HelloResponse;
import io.boxlite.internal.guest.proto.ShutdownRequest;
import io.boxlite.internal.guest.proto.SignalRequest;
import io.boxlite.internal.guest.proto.SignalResponse;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The agent of one box, over the one connection that a box has in its life.
 *
 * <p>Once the connection has ended, or the agent has broken its contract, or was silent for too
 * long, the box is lost: every execution ends with {@link io.boxlite.Outcome#BOX_LOST}, and every
 * later call throws {@link BoxLostException}.
 */
public final class AgentClient implements AutoCloseable {
  /** The version of the contract that this engine speaks. */
  static final int PROTOCOL_VERSION = 1;

  /** Who watches the virtual machine knows better why a connection ended: it may speak first. */
  private static final Duration WORD_OF_THE_WATCHER = Duration.ofMillis(200);

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

  private final String box;
  private final Supplier<String> consoleTail;
  private final GuestIo io;
  private final ManagedChannel channel;
  private final Set<GuestExec> execs = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable BoxLoss> loss = new AtomicReference<>();
  private final CompletableFuture<BoxLoss> lost = new CompletableFuture<>();
  private final Duration silence;

  private AgentClient(String box, Path socket, Supplier<String> consoleTail, Duration silence) {
    this.box = box;
    this.consoleTail = consoleTail;
    this.silence = silence;
    io = GuestIo.share();
    channel =
        GuestChannel.open(socket, io, () -> connectionEnded("its guest closed the connection"));
  }

  /**
   * Begins to connect; {@link #hello} waits for the outcome.
   *
   * @param box the box's id, for messages and thread names
   * @param socket the host's end of the guest's port; it must exist already
   * @param consoleTail gives the last lines of the guest's console when asked
   */
  public static AgentClient connect(String box, Path socket, Supplier<String> consoleTail) {
    return connect(box, socket, consoleTail, GuestExec.LONGEST_SILENCE);
  }

  static AgentClient connect(
      String box, Path socket, Supplier<String> consoleTail, Duration silence) {
    return new AgentClient(box, socket, consoleTail, silence);
  }

  /**
   * Waits until the agent answers, and makes sure that both sides speak the same contract.
   *
   * @throws BoxLostException when it does not answer in time, or the connection ends
   * @throws BoxliteException when it speaks another version
   */
  public AgentInfo hello(Duration timeout) {
    HelloResponse hello =
        call(
            "hello",
            timeout,
            stub ->
                stub.hello(HelloRequest.newBuilder().setProtocolVersion(PROTOCOL_VERSION).build()));
    if (hello.getProtocolVersion() != PROTOCOL_VERSION) {
      throw new BoxliteException(
          "the guest agent of box "
              + box
              + " (version "
              + GuestText.clean(hello.getAgentVersion())
              + ") speaks protocol version "
              + Integer.toUnsignedString(hello.getProtocolVersion())
              + ", this engine speaks "
              + PROTOCOL_VERSION
              + "; use boxlite-engine and boxlite-guest-linux-x86_64 of the same version");
    }
    return new AgentInfo(
        GuestText.clean(hello.getAgentVersion()),
        GuestText.clean(hello.getKernelRelease()),
        Math.max(0, hello.getMemoryTotalBytes()),
        Duration.ofNanos(Math.max(0, hello.getUptimeNanos())));
  }

  /**
   * Gives the guest its root file system and its identity.
   *
   * @throws BoxLostException when the agent does not answer in time, or the connection ends
   * @throws BoxliteException when the agent refuses, with its reason
   */
  public void configure(ConfigureRequest request, Duration timeout) {
    call("configure", timeout, stub -> stub.configure(request));
  }

  /**
   * Starts a process tree.
   *
   * @param start what and with which limits; the wall-clock limit must be set
   * @throws BoxLostException when the box is lost already
   */
  public GuestExec exec(ExecStart start) {
    GuestExec exec =
        new GuestExec(
            this, channel.newCall(AgentGrpc.getExecMethod(), CallOptions.DEFAULT), start, silence);
    execs.add(exec);
    BoxLoss known = loss.get();
    if (known != null) {
      execs.remove(exec);
      throw known.exception();
    }
    exec.begin();
    return exec;
  }

  /**
   * Asks the guest to end everything, write file systems back and power off.
   *
   * @throws BoxLostException when it does not answer in time
   */
  public void shutdown(Duration timeout) {
    call("shutdown", timeout, stub -> stub.shutdown(ShutdownRequest.getDefaultInstance()));
  }

  /** Declares the box lost; the first reason counts. It completes "box ID was lost: …". */
  public void lost(String why) {
    lose(new BoxLoss("box " + box + " was lost: " + why, consoleTail.get()));
  }

  /** Why the box was lost, if it was. */
  public Optional<BoxLoss> loss() {
    return Optional.ofNullable(loss.get());
  }

  /** Completes when the box is lost; also with {@link #close()}. */
  public CompletableFuture<BoxLoss> whenLost() {
    return lost.copy();
  }

  /** Ends the connection, and with it what still runs; any thread may, any number of times. */
  @Override
  public void close() {
    lose(new BoxLoss("box " + box + " was closed", ""));
    boolean interrupted = Thread.interrupted();
    try {
      channel.awaitTermination(CLOSE_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      io.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  void signal(int pid, int signal, Duration timeout) {
    SignalRequest request = SignalRequest.newBuilder().setPid(pid).setSignal(signal).build();
    call(
        "signal",
        timeout,
        stub -> {
          try {
            return stub.signal(request);
          } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
              return SignalResponse.getDefaultInstance(); // it has ended meanwhile
            }
            throw e;
          }
        });
  }

  String box() {
    return box;
  }

  /** The transport's end, as the transport saw it. */
  void connectionEnded(String how) {
    if (loss.get() == null) {
      Future<?> unused = after(WORD_OF_THE_WATCHER, () -> lost(how));
    }
  }

  void ended(GuestExec exec) {
    execs.remove(exec);
  }

  Future<?> after(Duration delay, Runnable task) {
    return io.loops().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void lose(BoxLoss reason) {
    if (!loss.compareAndSet(null, reason)) {
      return;
    }
    for (GuestExec exec : execs) {
      exec.lost(reason);
    }
    channel.shutdownNow();
    CompletableFuture<BoxLoss> unused = lost.completeAsync(() -> reason);
  }

  private <T> T call(
      String name, Duration timeout, Function<AgentGrpc.AgentBlockingStub, T> request) {
    BoxLoss known = loss.get();
    if (known != null) {
      throw known.exception();
    }
    try {
      return request.apply(
          AgentGrpc.newBlockingStub(channel)
              .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (StatusRuntimeException e) {
      throw failure(name, timeout, e);
    }
  }

  private BoxliteException failure(String name, Duration timeout, StatusRuntimeException e) {
    Status status = e.getStatus();
    String what = "'" + name + "' to the guest of box " + box;
    BoxLoss known = loss.get();
    if (Thread.currentThread().isInterrupted()) {
      return new BoxliteException("interrupted in " + what, e);
    }
    if (known != null) {
      return known.exception();
    }
    String said = GuestText.clean(status.getDescription());
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED ->
          new BoxLostException(what + " was not answered within " + timeout, consoleTail.get(), e);
      case UNAVAILABLE ->
          new BoxLostException(what + " found no connection: " + said, consoleTail.get(), e);
      default -> new BoxliteException(what + " failed: " + status.getCode() + ": " + said, e);
    };
  }
}
