package io.boxlite.internal.guest;

import io.boxlite.BoxLostException;
import io.boxlite.BoxStartException;
import io.boxlite.BoxliteException;
import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.ConfigureResponse;
import io.boxlite.internal.guest.proto.DetachRequest;
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
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The agent of one box, over one connection; a box has one at a time.
 *
 * <p>Once the connection has ended, or the agent has broken its contract, or was silent for too
 * long ({@link SilenceWatch}), the box is lost: every execution ends with {@link
 * io.boxlite.Outcome#BOX_LOST}, and every later call throws {@link BoxLostException}.
 */
public final class AgentClient implements AutoCloseable {
  /** The version of the contract that this engine speaks. */
  static final int PROTOCOL_VERSION = 1;

  /**
   * Who watches the virtual machine knows better why a connection ended: it may speak first, also
   * where QEMU takes a while to end on a busy host.
   */
  private static final Duration WORD_OF_THE_WATCHER = Duration.ofSeconds(2);

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);
  private static final AtomicBoolean PRELOADED = new AtomicBoolean();

  private static final int TOKEN_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String box;
  private final Supplier<String> consoleTail;
  private final Hindrance hindrance;
  private final GuestIo io;
  private final GuestChannel channel;
  private final Set<GuestExec> execs = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable BoxLoss> loss = new AtomicReference<>();
  private final CompletableFuture<BoxLoss> lost = new CompletableFuture<>();
  private final Duration silence;
  private volatile boolean detached;

  private AgentClient(
      String box,
      Path socket,
      Supplier<String> consoleTail,
      Hindrance hindrance,
      Duration silence) {
    this.box = box;
    this.consoleTail = consoleTail;
    this.hindrance = hindrance;
    this.silence = silence;
    io = GuestIo.share();
    channel =
        GuestChannel.open(
            socket,
            io,
            hindrance,
            fault -> lost("its guest " + fault),
            () -> connectionEnded("its guest closed the connection"));
  }

  /**
   * Begins to connect; {@link #hello} waits for the outcome.
   *
   * @param box the box's id, for messages and thread names
   * @param socket the host's end of the guest's port; it must exist already
   * @param consoleTail gives the last lines of the guest's console when asked
   * @param hindrance what keeps the guest from running: for that time it is not held silent
   */
  public static AgentClient connect(
      String box, Path socket, Supplier<String> consoleTail, Hindrance hindrance) {
    return connect(box, socket, consoleTail, hindrance, GuestExec.LONGEST_SILENCE);
  }

  static AgentClient connect(
      String box,
      Path socket,
      Supplier<String> consoleTail,
      Hindrance hindrance,
      Duration silence) {
    return new AgentClient(box, socket, consoleTail, hindrance, silence);
  }

  /**
   * Loads what the first connection of a JVM needs: that takes several times as long as connecting
   * does, and can be done while something else is waited for.
   */
  public static void preload() {
    if (PRELOADED.getAndSet(true)) {
      return;
    }
    Path nobody = Path.of("/dev/null/agent.sock");
    try (AgentClient agent = connect("preload", nobody, () -> "", Hindrance.NONE)) {
      agent.hello(Duration.ofSeconds(5));
    } catch (BoxliteException e) {
      // Nobody is there, as was to be expected.
    }
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
   * Gives the guest its root file system, its identity, or both. With an identity its clock is set
   * to the host's, and again when that turns out to have taken long.
   *
   * @throws BoxLostException when the agent does not answer in time, or the connection ends
   * @throws BoxliteException when the agent refuses, with its reason
   */
  public void configure(ConfigureRequest request, Duration timeout) {
    ConfigureResponse answer =
        call("configure", timeout, stub -> stub.configure(GuestClock.atThisMoment(request)));
    if (request.hasIdentity()) {
      GuestClock.correct(this, answer, timeout);
    }
  }

  /**
   * Makes directories that the box does not have yet.
   *
   * @param directories absolute paths in the box
   * @throws BoxStartException when one cannot be made, such as where the box has a file
   * @throws BoxLostException when the agent does not answer in time, or the connection ends
   */
  public void makeDirectories(Collection<String> directories, Duration timeout) {
    ConfigureRequest request = ConfigureRequest.newBuilder().addAllDirectories(directories).build();
    try {
      configure(request, timeout);
    } catch (BoxliteException e) {
      Status status = Status.fromThrowable(e);
      if (status.getCode() == Status.Code.FAILED_PRECONDITION) {
        String said = GuestText.clean(status.getDescription());
        throw new BoxStartException(
            "the image or its box names a directory that it cannot have: " + said, "", e);
      }
      throw e;
    }
  }

  /** The files of the box. */
  public BoxFiles files() {
    return new BoxFiles(this);
  }

  /**
   * Starts a process tree.
   *
   * @param start what and with which limits; the wall-clock limit must be set
   * @throws BoxLostException when the box is lost already
   */
  public GuestExec exec(ExecStart start) {
    requireAttached();
    GuestExec exec =
        new GuestExec(
            this,
            channel().newCall(AgentGrpc.getExecMethod(), CallOptions.DEFAULT),
            start,
            silence);
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
   * Makes the guest fit to be saved, and ends the connection without losing the box. The guest is
   * fit when the line {@code boxlite: detached TOKEN} stands on its console. What still ran for
   * this connection, other than what was left running, is killed.
   *
   * @return the token, which nobody in the guest can have guessed
   * @throws BoxLostException when the agent does not answer in time, or the connection ends
   */
  public String detach(Duration timeout) {
    byte[] random = new byte[TOKEN_BYTES];
    RANDOM.nextBytes(random);
    String token = HexFormat.of().formatHex(random);
    DetachRequest request = DetachRequest.newBuilder().setToken(token).build();
    call("detach", timeout, stub -> stub.detach(request));
    detached = true;
    channel.shutdownNow();
    for (GuestExec exec : execs) {
      exec.lost(new BoxLoss("box " + box + " was detached", ""));
    }
    awaitChannel();
    return token;
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

  /** Begins to end the connection, and says that the box was closed to all that still runs. */
  public void closing() {
    lose(new BoxLoss("box " + box + " was closed", ""));
  }

  /** Ends the connection, and with it what still runs; any thread may, any number of times. */
  @Override
  public void close() {
    closing();
    awaitChannel();
    io.close();
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

  CpuAccount openCpuAccount() {
    return new CpuAccount(hindrance::processors);
  }

  ManagedChannel channel() {
    return channel.calls();
  }

  void requireUsable() {
    requireAttached();
    BoxLoss known = loss.get();
    if (known != null) {
      throw known.exception();
    }
  }

  String box() {
    return box;
  }

  /** The transport's end, as the transport saw it. */
  void connectionEnded(String how) {
    if (loss.get() == null && !detached) {
      Future<?> unused = after(WORD_OF_THE_WATCHER, () -> lost(how));
    }
  }

  void ended(GuestExec exec) {
    execs.remove(exec);
  }

  Future<?> after(Duration delay, Runnable task) {
    return io.after(delay, task);
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
    requireUsable();
    try {
      return request.apply(
          AgentGrpc.newBlockingStub(channel())
              .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED && loss.get() == null) {
        String why = describe(name) + " was not answered within " + timeout.toMillis() + " ms";
        throw new BoxLostException(why, consoleTail.get(), e);
      }
      throw failure(describe(name), e.getStatus(), e);
    }
  }

  private void requireAttached() {
    if (detached) {
      throw new IllegalStateException("box " + box + " was detached; connect to it again");
    }
  }

  private void awaitChannel() {
    boolean interrupted = Thread.interrupted();
    try {
      channel().awaitTermination(CLOSE_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private String describe(String call) {
    return "'" + call + "' to the guest of box " + box;
  }

  /** Why a call has failed; the box is lost when it found no connection. */
  BoxliteException failure(String what, Status status, Exception cause) {
    if (status.getCause() instanceof Http2Exception violation) {
      // The connection is ended for it, which would be all that is told a moment later.
      lost("its guest breaks HTTP/2: " + GuestText.clean(violation.getMessage()));
    }
    BoxLoss known = loss.get();
    if (Thread.currentThread().isInterrupted()) {
      return new BoxliteException("interrupted in " + what, cause);
    }
    if (known != null) {
      return known.exception();
    }
    String said = GuestText.clean(status.getDescription());
    return status.getCode() == Status.Code.UNAVAILABLE
        ? new BoxLostException(what + " found no connection: " + said, consoleTail.get(), cause)
        : new BoxliteException(what + " failed: " + status.getCode() + ": " + said, cause);
  }
}
