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
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One process tree in a guest.
 *
 * <p>The guest's messages are checked one by one as they arrive; the next is asked for only while
 * what waits for a reader is less than {@link #UNREAD_BYTES}. So a program whose output nobody
 * reads is held up as by a full pipe, and costs no memory.
 */
public final class GuestExec implements AutoCloseable {
  /**
   * How long after its time limit an execution may go unreported before its box is lost. A guest
   * that is emulated on a busy host and has just survived a fork bomb is slow, not gone.
   */
  static final Duration LONGEST_SILENCE = Duration.ofSeconds(30);

  /** Unread output of a stream with a reader, before the program is held up. */
  static final long UNREAD_BYTES = 1 << 20;

  /** The contract's bound of a chunk, agent.proto, ExecRequest and ExecResponse. */
  private static final int MAX_CHUNK = 1 << 20;

  /**
   * What a dead program can have left in pipes, in the agent and in windows. It is taken out even
   * when nobody reads, so that the report that follows it is seen.
   */
  private static final long LEFT_BEHIND_BYTES = 8 << 20;

  private static final int SIGKILL = 9;

  private enum Stage {
    ASKED,
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
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private final CompletableFuture<GuestExit> ended = new CompletableFuture<>();

  // Guarded by this, as are the contents of the three streams.
  private Stage stage = Stage.ASKED;
  private int pid;
  private boolean begun;
  private boolean reported; // by the guest, which has nothing more to say
  private boolean inputEnded;
  private boolean requestsEnded;
  private boolean asking; // a message was asked for that has not come
  private long unreadBound = UNREAD_BYTES;
  private @Nullable Future<?> timer;

  GuestExec(
      AgentClient client,
      ClientCall<ExecRequest, ExecResponse> call,
      ExecStart start,
      Duration silence) {
    if (start.getWallTimeNanos() <= 0) {
      throw new IllegalArgumentException(
          "wall_time_nanos is " + start.getWallTimeNanos() + "; it must be more than zero");
    }
    this.client = client;
    this.call = call;
    this.start = start;
    this.silence = silence;
    cpuTime = new CpuTimeLimit(client, start, this::beforeKill);
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
      askForMore();
      timer =
          client.after(
              Duration.ofNanos(start.getWallTimeNanos()).plus(silence.dividedBy(8)), this::overdue);
    }
  }

  /** Completes when the main process runs, or exceptionally as {@link #onEnd}. */
  public CompletableFuture<Void> onStart() {
    return started.copy();
  }

  /**
   * Completes with the end of the whole tree, on a thread that must not be held up; exceptionally
   * with {@link IllegalArgumentException} when the guest found a fault in the command, and {@link
   * BoxliteException} when it cannot carry another process tree.
   */
  public CompletableFuture<GuestExit> onEnd() {
    return ended.copy();
  }

  /** What the tree writes to standard output; ends with the tree. */
  public GuestOutput stdout() {
    return stdout;
  }

  /** What the tree writes to standard error; ends with the tree. */
  public GuestOutput stderr() {
    return stderr;
  }

  /** The main process's standard input; a write waits while the guest has no room for it. */
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
   * Sends a signal to the main process, past whatever input waits to be read; 9 kills the whole
   * tree. Does nothing when it has ended.
   *
   * @throws io.boxlite.BoxLostException when the box is lost, or does not answer
   */
  public void signal(int signal) {
    int target;
    synchronized (this) {
      if (stage != Stage.RUNNING) {
        return;
      }
      if (signal == SIGKILL) {
        beforeKill();
      }
      target = pid;
    }
    client.signal(target, signal, silence);
  }

  /**
   * What it has used until now; empty when it does not run.
   *
   * @throws io.boxlite.BoxLostException when the box is lost, or does not answer
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

  /** Ends the call, upon which the agent kills the whole tree; nothing more is heard of it. */
  @Override
  public void close() {
    end(GuestExit.killed(age()), "it was closed");
  }

  /** How long the host has known of it. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - beginNanos);
  }

  void lost(BoxLoss loss) {
    end(GuestExit.lost(loss, age()), loss.why());
  }

  /** Called with the lock held, by a stream whose state has changed. */
  void askForMore() {
    if (!asking
        && begun
        && (stage == Stage.ENDED || stdout.unread() + stderr.unread() < unreadBound)) {
      asking = true;
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

  /** Called with the lock held; input after the end of the tree goes nowhere. */
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
    if (start.hasTty()) { // which may still be resized
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

  /** Called with the lock held. Each end is a frame less for the guest when it comes early. */
  private void endRequests() {
    if (!requestsEnded) {
      requestsEnded = true;
      call.halfClose();
    }
  }

  /** The guest enforces the time limit itself; here ends the timeout with one that does not. */
  private synchronized void overdue() {
    if (stage == Stage.ENDED) {
      return;
    }
    // Before anything is asked for: the answer can come within the call, and cancels the timer.
    timer =
        client.after(
            silence,
            () ->
                client.lost(
                    "its guest did not report the end of a program "
                        + silence.toSeconds()
                        + " s after its time limit of "
                        + Duration.ofNanos(start.getWallTimeNanos())));
    unreadBound = LEFT_BEHIND_BYTES;
    askForMore();
  }

  /** What is left of its output is taken out even when nobody reads. */
  private synchronized void beforeKill() {
    unreadBound = LEFT_BEHIND_BYTES;
    askForMore();
  }

  private void receive(ExecResponse response) throws ProtocolViolation {
    switch (response.getMessageCase()) {
      case STARTED -> {
        ProtocolViolation.unless(stage == Stage.ASKED, () -> "'started' twice");
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
          throw new ProtocolViolation("a message of a kind that the contract does not have");
    }
  }

  private void receive(ByteString bytes, GuestOutput output) throws ProtocolViolation {
    ProtocolViolation.unless(stage == Stage.RUNNING, () -> output.name() + " before 'started'");
    ProtocolViolation.unless( // without any, it would be free of every bound
        !bytes.isEmpty() && bytes.size() <= MAX_CHUNK,
        () -> bytes.size() + " bytes of " + output.name() + " in one message");
    long most = start.getMaxOutputBytes();
    ProtocolViolation.unless(
        most == 0 || output.total() + bytes.size() <= most,
        () -> "more " + output.name() + " than the " + most + " bytes asked for");
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
    if (timer != null) {
      timer.cancel(false);
    }
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
          asking = false;
          ProtocolViolation.unless(!reported, () -> "a message after 'exited'");
          if (stage != Stage.ENDED) {
            receive(response);
          }
          askForMore();
        }
      } catch (ProtocolViolation e) {
        client.lost("its guest broke the contract: it sent " + e.getMessage());
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
      synchronized (GuestExec.this) {
        if (stage == Stage.ENDED) {
          return;
        }
        Optional<RuntimeException> refusal = Refusal.of(status, client.box());
        if (stage == Stage.ASKED && refusal.isPresent()) {
          refused(refusal.get());
          return;
        }
        if (status.getCode() == Status.Code.UNAVAILABLE) {
          client.connectionEnded(GuestText.clean(status.getDescription()));
          return;
        }
      }
      client.lost(
          "its guest ended a call with "
              + status.getCode()
              + " instead of a report: "
              + GuestText.clean(status.getDescription()));
    }
  }
}
