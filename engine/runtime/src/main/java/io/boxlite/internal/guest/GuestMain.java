package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.BoxliteException;
import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.DroppedOutput;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.guest.proto.FollowMainRequest;
import io.boxlite.internal.guest.proto.MainResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The main command of a guest, as its host follows it: the end of its output, and how it ended. The
 * command does not depend on who follows it.
 */
public final class GuestMain implements AutoCloseable {
  private static final int MAX_CHUNK = 1 << 20; // agent.proto, MainResponse

  private final AgentClient client;
  private final ExecStart start;
  private final Receiver receiver;
  private final CpuAccount account;
  private final ClientCall<FollowMainRequest, MainResponse> call;
  private final long beginNanos = System.nanoTime();
  private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
  private final CompletableFuture<GuestExit> ended = new CompletableFuture<>();

  // Guarded by this, as all below.
  private final KeptOutput[] kept = {new KeptOutput(), new KeptOutput()};
  private int pid;
  private boolean sentAll; // what was written before this began
  private boolean over;
  private @Nullable String failure;

  /** One of the two output streams. */
  public enum Stream {
    /** Standard output. */
    STDOUT,
    /** Standard error. */
    STDERR
  }

  /** Takes output as it arrives. */
  public interface Receiver {
    /** Called by the connection's thread, which it must not block. */
    void receive(Stream stream, ByteString bytes);
  }

  private GuestMain(AgentClient client, ExecStart start, Receiver receiver) {
    this.client = client;
    this.start = start;
    this.receiver = receiver;
    account = client.openCpuAccount();
    call =
        client
            .channel()
            .newCall(
                AgentGrpc.getFollowMainMethod(),
                CallOptions.DEFAULT.withOption(GuestChannel.MAY_BE_IDLE, true));
  }

  /**
   * Starts the main command of a guest that has had none.
   *
   * @throws IllegalArgumentException if the guest rejects the command, for example because it has
   *     no such user
   * @throws BoxliteException if the guest cannot run it, or is lost
   */
  public static void start(AgentClient client, ExecStart start) {
    try {
      client.call("startMain", GuestExec.REPORT_TIMEOUT, stub -> stub.startMain(start));
    } catch (BoxliteException e) {
      Status status = Status.fromThrowable(e);
      if (status.getCode() == Status.Code.INVALID_ARGUMENT) {
        throw ExecRejection.of(status, client.box()).orElse(e);
      }
      throw e;
    }
  }

  /**
   * Follows the main command of a guest that has one.
   *
   * @param start the command as it was started
   * @throws io.boxlite.BoxLostException if the box is already lost
   */
  public static GuestMain follow(AgentClient client, ExecStart start) {
    return follow(client, start, (stream, bytes) -> {});
  }

  /** Follows the main command, as {@link #follow(AgentClient, ExecStart)} does. */
  public static GuestMain follow(AgentClient client, ExecStart start, Receiver receiver) {
    client.requireUsable();
    GuestMain main = new GuestMain(client, start, receiver);
    main.call.start(main.new Messages(), new Metadata());
    main.call.request(1);
    main.call.sendMessage(FollowMainRequest.getDefaultInstance());
    main.call.halfClose();
    CompletableFuture<Void> unused = client.whenLost().thenAccept(main::lost);
    return main;
  }

  /**
   * Completes when the output until the beginning of this is known, and whether the command ran
   * then; also if the box is lost.
   */
  public CompletableFuture<Void> onCaughtUp() {
    return caughtUp.copy();
  }

  /** Completes when the command has ended, or the box is lost. */
  public CompletableFuture<GuestExit> onEnd() {
    return ended.copy();
  }

  /** Returns the end of the output until now. */
  public synchronized byte[] output(Stream stream) {
    return kept[stream.ordinal()].all();
  }

  /** Returns whether older output was dropped. */
  public synchronized boolean isTruncated(Stream stream) {
    return kept[stream.ordinal()].start() > 0;
  }

  /** Returns the output that is kept, and then what comes, until the command ends. */
  public InputStream open(Stream stream) {
    return new Reader(stream);
  }

  /**
   * Sends a signal to the main process; 9 kills the whole tree. Does nothing if it has ended.
   *
   * @throws io.boxlite.BoxLostException if the box is lost, or does not respond
   */
  public void signal(int signal) {
    int target;
    synchronized (this) {
      if (over) {
        return;
      }
      target = pid;
    }
    client.signal(target, signal, client.silence());
  }

  /** Follows it no longer. The command runs on. */
  @Override
  public void close() {
    end(GuestExit.killed(Duration.ZERO), "it is no longer followed");
    call.cancel("it is no longer followed", null);
  }

  private void lost(BoxLoss loss) {
    Duration age = Duration.ofNanos(System.nanoTime() - beginNanos);
    end(GuestExit.lost(loss, age), loss.why());
  }

  private void end(GuestExit exit, @Nullable String why) {
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      failure = why;
      notifyAll();
    }
    ended.complete(exit);
    caughtUp.complete(null);
  }

  private void receive(MainResponse response) throws ProtocolViolation {
    ProtocolViolation.unless(pid != 0 || response.hasStarted(), () -> "a message before 'started'");
    switch (response.getMessageCase()) {
      case STARTED -> {
        int sent = response.getStarted().getPid();
        ProtocolViolation.unless(pid == 0, () -> "'started' twice");
        ProtocolViolation.unless(sent > 0, () -> "a process id of 0, or 2^31 and more");
        account.guestBegan(response.getStarted().getGuestCpuNanos());
        synchronized (this) {
          pid = sent;
        }
      }
      case STDOUT -> receive(response.getStdout(), Stream.STDOUT);
      case STDERR -> {
        ProtocolViolation.unless(
            !start.getMergeStderr(), () -> "standard error of a program that has none of its own");
        receive(response.getStderr(), Stream.STDERR);
      }
      case DROPPED -> dropped(response.getDropped());
      case CAUGHT_UP -> {
        ProtocolViolation.unless(!sentAll, () -> "'caught_up' twice");
        sentAll = true;
        if (!response.getCaughtUp().getEnded()) {
          caughtUp.complete(null);
        }
      }
      case EXITED -> {
        ProtocolViolation.unless(sentAll, () -> "'exited' before 'caught_up'");
        GuestExit exit = GuestExit.of(response.getExited(), start, account);
        end(exit, null);
      }
      case MESSAGE_NOT_SET ->
          throw new ProtocolViolation("a message of a kind that the protocol does not have");
    }
  }

  private void receive(ByteString bytes, Stream stream) throws ProtocolViolation {
    ProtocolViolation.unless( // empty messages would evade every limit
        !bytes.isEmpty() && bytes.size() <= MAX_CHUNK,
        () -> bytes.size() + " bytes of output in one message");
    synchronized (this) {
      kept[stream.ordinal()].add(bytes);
      notifyAll();
    }
    receiver.receive(stream, bytes);
  }

  private void dropped(DroppedOutput dropped) throws ProtocolViolation {
    long[] bytes = {dropped.getStdoutBytes(), dropped.getStderrBytes()};
    ProtocolViolation.unless(
        bytes[0] >= 0 && bytes[1] >= 0 && (bytes[0] | bytes[1]) != 0,
        () -> "a number of dropped bytes of 0, or 2^63 and more");
    synchronized (this) {
      for (int i = 0; i < bytes.length; i++) {
        long most = Long.MAX_VALUE / 2 - kept[i].end();
        long sent = bytes[i];
        ProtocolViolation.unless(sent <= most, () -> sent + " dropped bytes, which is too many");
        if (sent > 0) {
          kept[i].skip(sent);
        }
      }
    }
  }

  private synchronized boolean isOver() {
    return over;
  }

  private final class Messages extends ClientCall.Listener<MainResponse> {
    @Override
    public void onMessage(MainResponse response) {
      if (isOver()) {
        // The next one is not asked for.
        call.cancel("the main command has ended", null);
        return;
      }
      try {
        receive(response);
        call.request(1);
      } catch (ProtocolViolation e) {
        client.lost("its guest violated the protocol: it sent " + e.getMessage());
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (isOver()) {
        return;
      }
      if (status.getCode() == Status.Code.UNAVAILABLE && CallFailure.violation(status).isEmpty()) {
        client.connectionEnded(GuestText.clean(status.getDescription()));
        return;
      }
      client.lost(
          CallFailure.violation(status)
              .orElseGet(
                  () ->
                      "its guest ended a call with "
                          + status.getCode()
                          + " instead of a report: "
                          + GuestText.clean(status.getDescription())));
    }
  }

  private final class Reader extends WaitingInputStream {
    private final Stream stream;
    private final KeptOutput output;
    private long position; // guarded by GuestMain.this
    private boolean closed; // likewise

    Reader(Stream stream) {
      this.stream = stream;
      output = kept[stream.ordinal()];
    }

    @Override
    protected int take(byte[] target, int offset, int length) throws IOException {
      synchronized (GuestMain.this) {
        while (position >= output.end() && !over && !closed) {
          await(GuestMain.this, "reading " + name());
        }
        if (closed) {
          throw new IOException(name() + " is closed");
        }
        position = Math.max(position, output.start());
        if (position < output.end()) {
          int count = output.read(position, target, offset, length);
          position += count;
          return count;
        }
        if (failure != null) {
          throw new IOException(name() + " ended early: " + failure);
        }
        return -1;
      }
    }

    @Override
    public int available() {
      synchronized (GuestMain.this) {
        return (int) (output.end() - Math.max(position, output.start()));
      }
    }

    @Override
    public void close() {
      synchronized (GuestMain.this) {
        closed = true;
        GuestMain.this.notifyAll();
      }
    }

    private String name() {
      return stream == Stream.STDOUT ? "stdout" : "stderr";
    }
  }
}
