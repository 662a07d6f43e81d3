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
import io.boxlite.internal.guest.proto.Tmpfs;
import io.boxlite.internal.guest.proto.VolumeStart;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Client of the agent of one box, over one connection. A box has at most one connection at a time.
 *
 * <p>The box is lost when the connection ends, the agent violates the protocol, or the guest is
 * silent for too long ({@link SilenceWatch}). Every execution then ends with {@link
 * io.boxlite.Outcome#BOX_LOST}, and every later call throws {@link BoxLostException}.
 */
public final class AgentClient implements AutoCloseable {
  /** The version of the protocol that this engine speaks. */
  static final int PROTOCOL_VERSION = 1;

  /**
   * How long to wait for a better reason when the connection ends. The code that watches the QEMU
   * process can name one, but QEMU may take a while to exit on a busy host.
   */
  static final Duration LOSS_REASON_DELAY = Duration.ofSeconds(2);

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);
  private static final AtomicBoolean PRELOADED = new AtomicBoolean();

  private static final int TOKEN_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String box;
  private final Supplier<String> consoleTail;
  private final HostStalls hostStalls;
  private final GuestIo io;
  private final GuestChannel channel;
  private final Set<GuestExec> execs = ConcurrentHashMap.newKeySet();
  private final Set<ProgressWatch> copies = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable BoxLoss> loss = new AtomicReference<>();
  private final CompletableFuture<BoxLoss> lost = new CompletableFuture<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Duration silence;
  private volatile boolean detached;

  private AgentClient(
      String box,
      GuestLink link,
      Supplier<String> consoleTail,
      HostStalls hostStalls,
      Duration silence) {
    this.box = box;
    this.consoleTail = consoleTail;
    this.hostStalls = hostStalls;
    this.silence = silence;
    io = GuestIo.share();
    channel =
        GuestChannel.open(
            link,
            io,
            hostStalls,
            fault -> lost("its guest " + fault),
            () -> connectionEnded("its guest closed the connection"));
  }

  /**
   * Starts to connect; {@link #hello} waits for the result.
   *
   * @param box the box's id, for messages and thread names
   * @param link opens the connection
   * @param consoleTail returns the last lines of the guest's console
   * @param hostStalls measures how long the host kept the guest from running; that time does not
   *     count as silence
   */
  public static AgentClient connect(
      String box, GuestLink link, Supplier<String> consoleTail, HostStalls hostStalls) {
    return connect(box, link, consoleTail, hostStalls, GuestExec.REPORT_TIMEOUT);
  }

  static AgentClient connect(
      String box,
      GuestLink link,
      Supplier<String> consoleTail,
      HostStalls hostStalls,
      Duration silence) {
    return new AgentClient(box, link, consoleTail, hostStalls, silence);
  }

  /**
   * Loads the classes that the first connection of a JVM needs. That takes several times as long as
   * connecting, and can be done while waiting for something else.
   */
  public static void preload() {
    if (PRELOADED.getAndSet(true)) {
      return;
    }
    try (AgentClient agent = connect("preload", GuestLink.closed(), () -> "", HostStalls.NONE)) {
      agent.hello(Duration.ofSeconds(5));
    } catch (BoxliteException e) {
      // Expected: there is no agent.
    }
  }

  /**
   * Waits until the agent responds, and checks that both sides speak the same protocol version.
   *
   * @throws BoxLostException if the agent does not respond in time, or the connection ends
   * @throws BoxliteException if the agent speaks another version
   */
  public AgentInfo hello(Duration timeout) {
    HelloResponse hello =
        call(
            "hello",
            timeout,
            stub ->
                stub.hello(HelloRequest.newBuilder().setProtocolVersion(PROTOCOL_VERSION).build()));
    return AgentInfo.of(hello, box);
  }

  /**
   * Sets the guest's root file system, its identity, or both. With an identity, its clock is set to
   * the host's, and corrected if that took long.
   *
   * @throws BoxLostException if the agent does not respond in time, or the connection ends
   * @throws BoxliteException if the agent refuses, with its reason
   */
  public void configure(ConfigureRequest request, Duration timeout) {
    ConfigureResponse response =
        call("configure", timeout, stub -> stub.configure(GuestClock.atThisMoment(request)));
    if (request.hasIdentity()) {
      GuestClock.correct(this, response, timeout);
    }
  }

  /**
   * Makes missing directories in the box.
   *
   * @param directories absolute paths in the box
   * @throws BoxStartException if one cannot be made, for example because a file is in the way
   * @throws BoxLostException if the agent does not respond in time, or the connection ends
   */
  public void makeDirectories(Collection<String> directories, Duration timeout) {
    configure(
        ConfigureRequest.newBuilder().addAllDirectories(directories).build(),
        timeout,
        "the image or the box options require a missing directory: ");
  }

  /** Throws an exception that begins with a text if the guest cannot do what was requested. */
  private void configure(ConfigureRequest request, Duration timeout, String refused) {
    try {
      configure(request, timeout);
    } catch (BoxliteException e) {
      Status status = Status.fromThrowable(e);
      if (status.getCode() == Status.Code.FAILED_PRECONDITION) {
        throw new BoxStartException(refused + GuestText.clean(status.getDescription()), "", e);
      }
      throw e;
    }
  }

  /**
   * Mounts file systems in memory in the box.
   *
   * @throws BoxStartException if one cannot be mounted, for example because a file is in the way
   * @throws BoxLostException if the agent does not respond in time, or the connection ends
   */
  public void mountTmpfs(Collection<Tmpfs> tmpfs, Duration timeout) {
    configure(
        ConfigureRequest.newBuilder().addAllTmpfs(tmpfs).build(),
        timeout,
        "a tmpfs cannot be mounted: ");
  }

  /**
   * Mounts a directory whose files the guest asks for. The caller must answer.
   *
   * @param start where, and how; the owner is resolved in the box
   * @throws BoxStartException if the guest refuses
   * @throws BoxLostException if the agent does not respond in time, or the connection ends
   */
  public GuestVolume attach(VolumeStart start, Duration timeout) {
    requireUsable();
    return new GuestVolume(this, start).await(start.getPath(), timeout);
  }

  /** Returns the files of the box. */
  public BoxFiles files() {
    return new BoxFiles(this);
  }

  /**
   * Starts a process tree.
   *
   * @param start the command and its limits; the wall-clock limit must be set
   * @throws BoxLostException if the box is already lost
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
   * Starts to take the names that programs of the guest look up.
   *
   * @throws BoxLostException if the box is already lost
   */
  public ResolveCall resolve(ResolveCall.Handler handler) {
    requireUsable();
    return ResolveCall.open(this, handler);
  }

  /**
   * Connects to a program that listens on a loopback address of the guest.
   *
   * @param port 1 to 65535
   * @return completes with the connection; otherwise with a {@link GuestConnectException} if no
   *     program listens, or with another exception if the box is lost
   */
  public CompletableFuture<StreamEnd> connect(int port) {
    try {
      requireUsable();
      return GuestStream.open(this, port, connections);
    } catch (BoxLostException | IllegalStateException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Prepares the guest for being saved, and ends the connection without losing the box. The guest
   * is ready when its console shows the line {@code boxlite: detached TOKEN}. Processes of this
   * connection that still run are killed, except those that were left running on purpose.
   *
   * @return the token, which no program in the guest can guess
   * @throws BoxLostException if the agent does not respond in time, or the connection ends
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
   * Asks the guest to end all executions, flush its file systems and power off.
   *
   * @throws BoxLostException if it does not respond in time
   */
  public void shutdown(Duration timeout) {
    call("shutdown", timeout, stub -> stub.shutdown(ShutdownRequest.getDefaultInstance()));
  }

  /** Declares the box lost; only the first reason counts. It completes "box ID was lost: …". */
  public void lost(String why) {
    lose(new BoxLoss("box " + box + " was lost: " + why, consoleTail()));
  }

  /** Returns why the box was lost, if it was. */
  public Optional<BoxLoss> loss() {
    return Optional.ofNullable(loss.get());
  }

  /** Completes when the box is lost, or was closed. */
  public CompletableFuture<BoxLoss> whenLost() {
    return lost.copy();
  }

  /** Starts to end the connection. Running executions end because the box was closed. */
  public void closing() {
    lose(new BoxLoss("box " + box + " was closed", ""));
  }

  /** Ends the connection and everything that is still running. Idempotent and thread-safe. */
  @Override
  public void close() {
    closing();
    awaitChannel();
    channel.close();
    io.close();
  }

  void signal(int pid, int signal, Duration timeout) {
    SignalRequest request = SignalRequest.newBuilder().setPid(pid).setSignal(signal).build();
    GuestUsage.ofRunning(() -> call("signal", timeout, stub -> stub.signal(request)));
  }

  CpuAccount openCpuAccount() {
    return new CpuAccount(hostStalls::processors);
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

  /** Returns the last lines of the guest's console. */
  String consoleTail() {
    return consoleTail.get();
  }

  /** Reports that the transport has ended, with its reason. */
  void connectionEnded(String how) {
    if (loss.get() == null && !detached) {
      Future<?> unused = after(LOSS_REASON_DELAY, () -> lost(how));
    }
  }

  void ended(GuestExec exec) {
    execs.remove(exec);
  }

  /** Runs a task after a delay, unless the connection has ended and its threads with it. */
  Future<?> after(Duration delay, Runnable task) {
    try {
      return io.after(delay, task);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(null);
    }
  }

  Duration silence() {
    return silence;
  }

  void started(ProgressWatch copy) {
    copies.add(copy);
    if (loss.get() != null) {
      copy.lost();
    }
  }

  void ended(ProgressWatch copy) {
    copies.remove(copy);
  }

  private void lose(BoxLoss reason) {
    if (!loss.compareAndSet(null, reason)) {
      return;
    }
    for (GuestExec exec : execs) {
      exec.lost(reason);
    }
    copies.forEach(ProgressWatch::lost);
    channel.shutdownNow();
    CompletableFuture<BoxLoss> unused = lost.completeAsync(() -> reason);
  }

  /** Makes a call that has a response, and throws as documented at the public methods. */
  <T> T call(
      String name, Duration timeout, Function<AgentGrpc.AgentFutureStub, Future<T>> request) {
    requireUsable();
    try {
      AgentGrpc.AgentFutureStub stub =
          AgentGrpc.newFutureStub(channel())
              .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return UnaryCall.await(this, request.apply(stub), timeout);
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED && loss.get() == null) {
        String why = describe(name) + " got no response within " + timeout.toMillis() + " ms";
        throw new BoxLostException(why, consoleTail(), e);
      }
      CallFailure.awaitReason(this, e.getStatus());
      throw CallFailure.of(this, describe(name) + " failed", e.getStatus(), e);
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
}
