package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.BoxliteException;
import io.boxlite.internal.guest.proto.ExecRequest;
import io.boxlite.internal.guest.proto.ExecResponse;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.guest.proto.StdinEof;
import io.boxlite.internal.guest.proto.WindowSize;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One process tree in a guest.
 *
 * <p>Messages of the guest are validated one by one as they arrive. The next one is requested only
 * while less than {@link #MAX_UNREAD_BYTES} wait for a reader. A program whose output is not read
 * therefore blocks, as on a full pipe, and uses no memory of the host.
 */
public final class GuestExec implements AutoCloseable {
  /**
   * How long after its time limit the end of an execution must be reported; otherwise its box is
   * lost. A guest that is emulated on a busy host and has just survived a fork bomb is slow, but
   * not lost.
   */
  static final Duration REPORT_TIMEOUT = Duration.ofSeconds(30);

  /** The amount of unread output above which the program blocks. */
  static final long MAX_UNREAD_BYTES = 1 << 20;

  /** The protocol's limit for a chunk, in ExecRequest and ExecResponse of agent.proto. */
  private static final int MAX_CHUNK = 1 << 20;

  /**
   * The maximum output that a dead program can have left in pipes, in the agent and in windows. It
   * is received even if it is not read, so that the report that follows it is received.
   */
  private static final long DRAIN_BYTES = 8 << 20;

  private static final int SIGKILL = 9;

  private enum Stage {
    REQUESTED,
    RUNNING,
    ENDED
  }

  private final AgentClient client;
  private final ClientCall<ExecRequest, ExecResponse> call;
  private final ExecStart start;
  private final Duration silence;
  private final long beginNanos = System.nanoTime();
  private final GuestOutput stdout = new GuestOutput(this, "stdout");
  private final GuestOutput stderr = new GuestOutput(this, "stderr");
  private final GuestInput stdin = new GuestInput(this);
  private final CpuTimeLimit cpuTime;
  private final ReportDeadline deadline;
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private final CompletableFuture<GuestExit> ended = new CompletableFuture<>();

  // The fields below and the contents of the three streams are guarded by this.
  private Stage stage = Stage.REQUESTED;
  private int pid;
  private boolean begun;
  private boolean reported; // the guest has sent its last message
  private boolean inputEnded;
  private boolean requestsEnded;
  private boolean requested; // a message was requested that has not arrived
  private long unreadBound = MAX_UNREAD_BYTES;

  GuestExec(
      AgentClient client,
      ClientCall<ExecRequest, ExecResponse> call,
      ExecStart start,
      Duration silence) {
    if (start.getWallTimeNanos() <= 0) {
      throw new IllegalArgumentException(
          "wall_time_nanos is " + start.getWallTimeNanos() + "; it must be greater than zero");
    }
    this.client = client;
    this.call = call;
    this.start = start;
    this.silence = silence;
    Duration wallTime = Duration.ofNanos(start.getWallTimeNanos());
    cpuTime = new CpuTimeLimit(client, start, this::drain);
    deadline = new ReportDeadline(client, wallTime, silence, this::drain);
  }

  void begin() {
    call.start(new Messages(), new Metadata());
    synchronized (this) {
      begun = true;
      if (stage == Stage.ENDED) {
        call.cancel("the box was lost", null);
        return;
      }
      call.sendMessage(ExecRequest.newBuilder().setStart(cpuTime.sent()).build());
      if (!start.getStdinOpen() && !start.hasTty()) {
        endRequests();
      }
      requestMore();
      deadline.start();
    }
  }

  /** Completes when the main process is running, or exceptionally like {@link #onEnd}. */
  public CompletableFuture<Void> onStart() {
    return started.copy();
  }

  /**
   * Completes when the whole tree has ended, on a thread that must not be blocked. Completes
   * exceptionally with {@link IllegalArgumentException} if the guest rejected the command, and with
   * {@link BoxliteException} if it has no resources for another process tree.
   */
  public CompletableFuture<GuestExit> onEnd() {
    return ended.copy();
  }

  /** Returns standard output, which ends with the tree. */
  public GuestOutput stdout() {
    return stdout;
  }

  /** Returns standard error, which ends with the tree. */
  public GuestOutput stderr() {
    return stderr;
  }

  /**
   * Returns the main process's standard input. A write blocks while the guest does not accept it.
   */
  public OutputStream stdin() {
    return stdin;
  }

  /** Changes the size of the terminal. */
  public void resize(int rows, int columns) {
    send(
        ExecRequest.newBuilder()
            .setResize(WindowSize.newBuilder().setRows(rows).setColumns(columns))
            .build());
  }

  /**
   * Sends a signal to the main process, bypassing queued input; 9 kills the whole tree. Does
   * nothing if it has ended.
   *
   * @throws io.boxlite.BoxLostException if the box is lost, or does not respond
   */
  public void signal(int signal) {
    int target;
    synchronized (this) {
      if (stage != Stage.RUNNING) {
        return;
      }
      if (signal == SIGKILL) {
        drain();
      }
      target = pid;
    }
    client.signal(target, signal, silence);
  }

  /**
   * Returns the usage until now; empty if the tree is not running.
   *
   * @throws io.boxlite.BoxLostException if the box is lost, or does not respond
   */
  public Optional<GuestUsage> usage() {
    int target;
    synchronized (this) {
      if (stage != Stage.RUNNING) {
        return Optional.empty();
      }
      target = pid;
    }
    return GuestUsage.of(client, target, silence);
  }

  /**
   * Ends the call, which makes the agent kill the whole tree. Nothing that the guest sends later is
   * reported.
   */
  @Override
  public void close() {
    end(GuestExit.killed(age()), "it was closed");
  }

  /** Returns the time since the host created this execution. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - beginNanos);
  }

  void lost(BoxLoss loss) {
    end(GuestExit.lost(loss, age()), loss.why());
  }

  /**
   * Requests the next message if there is room for it. Called with the lock held, by a stream whose
   * state has changed.
   */
  void requestMore() {
    if (!requested
        && begun
        && (stage == Stage.ENDED || stdout.unread() + stderr.unread() < unreadBound)) {
      requested = true;
      call.request(1);
    }
  }

  /** Called with the lock held. */
  boolean isEnded() {
    return stage == Stage.ENDED;
  }

  /** Called with the lock held. */
  boolean canSend() {
    return begun && stage != Stage.ENDED && call.isReady();
  }

  /** Called with the lock held. Input after the end of the tree is discarded. */
  void sendInput(ByteString bytes) {
    if (stage != Stage.ENDED && !inputEnded) {
      call.sendMessage(ExecRequest.newBuilder().setStdin(bytes).build());
    }
  }

  synchronized void endInput() {
    if (inputEnded) {
      return;
    }
    inputEnded = true;
    if (start.hasTty()) { // the terminal may still be resized
      send(ExecRequest.newBuilder().setStdinEof(StdinEof.getDefaultInstance()).build());
    } else if (begun && stage != Stage.ENDED) {
      endRequests();
    }
  }

  private synchronized void send(ExecRequest request) {
    if (begun && stage != Stage.ENDED && !requestsEnded) {
      call.sendMessage(request);
    }
  }

  /** Called with the lock held. Ending early saves the guest a frame. */
  private void endRequests() {
    if (!requestsEnded) {
      requestsEnded = true;
      call.halfClose();
    }
  }

  /** The remaining output must be received even if it is not read. */
  private synchronized void drain() {
    unreadBound = DRAIN_BYTES;
    requestMore();
  }

  private void receive(ExecResponse response) throws ProtocolViolation {
    switch (response.getMessageCase()) {
      case STARTED -> {
        ProtocolViolation.unless(stage == Stage.REQUESTED, () -> "'started' twice");
        pid = response.getStarted().getPid();
        ProtocolViolation.unless(pid > 0, () -> "a process id of 0, or 2^31 and more");
        stage = Stage.RUNNING;
        cpuTime.started(pid, response.getStarted().getGuestCpuNanos());
        started.complete(null);
      }
      case STDOUT -> {
        ProtocolViolation.unless(
            start.getJoinToken().isEmpty(), () -> "standard output that goes to another program");
        receive(response.getStdout(), stdout);
      }
      case STDERR -> {
        ProtocolViolation.unless(
            !start.hasTty() && !start.getMergeStderr(),
            () -> "standard error of a program that has none of its own");
        receive(response.getStderr(), stderr);
      }
      case EXITED -> {
        ProtocolViolation.unless(stage == Stage.RUNNING, () -> "'exited' before 'started'");
        GuestExit exit = GuestExit.of(response.getExited(), start, cpuTime.account());
        reported = true;
        finish(() -> ended.complete(exit), null);
      }
      case MESSAGE_NOT_SET ->
          throw new ProtocolViolation("a message of a kind that the protocol does not have");
    }
  }

  private void receive(ByteString bytes, GuestOutput output) throws ProtocolViolation {
    ProtocolViolation.unless(stage == Stage.RUNNING, () -> output.name() + " before 'started'");
    ProtocolViolation.unless( // empty messages would evade every limit
        !bytes.isEmpty() && bytes.size() <= MAX_CHUNK,
        () -> bytes.size() + " bytes of " + output.name() + " in one message");
    long most = start.getMaxOutputBytes();
    ProtocolViolation.unless(
        most == 0 || output.total() + bytes.size() <= most,
        () -> "more " + output.name() + " than the requested " + most + " bytes");
    output.add(bytes);
    notifyAll();
  }

  private synchronized void end(GuestExit exit, String why) {
    if (stage == Stage.ENDED) {
      return;
    }
    finish(() -> ended.complete(exit), why);
    if (begun) {
      call.cancel(why, null);
    }
  }

  /** Called with the lock held. */
  private void finish(Runnable completion, @Nullable String failure) {
    stage = Stage.ENDED;
    deadline.stop();
    cpuTime.end();
    stdout.end(failure);
    stderr.end(failure);
    notifyAll();
    client.ended(this);
    completion.run();
    started.complete(null);
  }

  private void refused(RuntimeException reason) {
    finish(
        () -> {
          started.completeExceptionally(reason);
          ended.completeExceptionally(reason);
        },
        reason.getMessage());
  }

  private final class Messages extends ClientCall.Listener<ExecResponse> {
    @Override
    public void onMessage(ExecResponse response) {
      try {
        synchronized (GuestExec.this) {
          requested = false;
          ProtocolViolation.unless(!reported, () -> "a message after 'exited'");
          if (stage != Stage.ENDED) {
            receive(response);
          }
          requestMore();
        }
      } catch (ProtocolViolation e) {
        client.lost("its guest violated the protocol: it sent " + e.getMessage());
      }
    }

    @Override
    public void onReady() {
      synchronized (GuestExec.this) {
        GuestExec.this.notifyAll();
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      Optional<String> violation = CallFailure.violation(status);
      synchronized (GuestExec.this) {
        if (stage == Stage.ENDED) {
          return;
        }
        Optional<RuntimeException> refusal = ExecRejection.of(status, client.box());
        if (stage == Stage.REQUESTED && refusal.isPresent()) {
          refused(refusal.get());
          return;
        }
        if (status.getCode() == Status.Code.UNAVAILABLE && violation.isEmpty()) {
          client.connectionEnded(GuestText.clean(status.getDescription()));
          return;
        }
      }
      client.lost(
          violation.orElseGet(
              () ->
                  "its guest ended a call with "
                      + status.getCode()
                      + " instead of a report: "
                      + GuestText.clean(status.getDescription())));
    }
  }
}
