package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.ConnectRequest;
import io.boxlite.internal.guest.proto.ConnectResponse;
import io.boxlite.internal.guest.proto.ConnectStart;
import io.boxlite.internal.guest.proto.EndOfStream;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A TCP connection in a guest, as a call to its agent. */
final class GuestStream extends ClientCall.Listener<ConnectResponse> implements StreamEnd {
  /** The memory for data of one guest that was not passed on, of all its connections together. */
  private static final int BUDGET_BYTES = 16 << 20;

  /** The agent takes 2,560 calls at once, and other calls must not wait for connections. */
  private static final int MAX_OPEN = 2_400;

  private static final int MIN_WINDOW_BYTES = 16 << 10;
  private static final int MAX_WINDOW_BYTES = 256 << 10;
  private static final int MAX_MESSAGE_BYTES = 128 << 10;

  private final ClientCall<ConnectRequest, ConnectResponse> call;
  private final AtomicInteger open;
  private final int window;
  private final CompletableFuture<StreamEnd> opened = new CompletableFuture<>();

  // What the guest may still be sent, and what waits for that. Guarded by this, as all below.
  private final Queue<ByteString> queue = new ArrayDeque<>();
  private long allowed;
  private boolean endRequested;
  private boolean endSent;

  // What the guest has sent and the other end has not passed on, and what the guest was not told.
  private int unconsumed;
  private int unreported;
  private boolean readEnded;
  private @Nullable StreamEnd other;
  private boolean over;

  private GuestStream(AgentClient agent, AtomicInteger open) {
    this.open = open;
    call =
        agent
            .channel()
            .newCall(
                AgentGrpc.getConnectMethod(),
                CallOptions.DEFAULT.withOption(GuestChannel.MAY_BE_IDLE, true));
    window =
        Math.max(
            MIN_WINDOW_BYTES, Math.min(MAX_WINDOW_BYTES, BUDGET_BYTES / open.incrementAndGet()));
  }

  /**
   * Opens a connection.
   *
   * @param open counts the connections of the guest
   * @return completes when the connection is established; otherwise with a {@link
   *     GuestConnectException}, or the exception of a lost box
   */
  static CompletableFuture<StreamEnd> open(AgentClient agent, int port, AtomicInteger open) {
    if (open.get() >= MAX_OPEN) {
      return CompletableFuture.failedFuture(
          new IOException("the box has " + MAX_OPEN + " connections already"));
    }
    GuestStream stream = new GuestStream(agent, open);
    stream.call.start(stream, new Metadata());
    stream.call.request(1);
    stream.call.sendMessage(
        ConnectRequest.newBuilder()
            .setStart(ConnectStart.newBuilder().setPort(port).setWindowBytes(stream.window))
            .build());
    return stream.opened;
  }

  @Override
  public void deliverTo(StreamEnd other) {
    boolean broken;
    synchronized (this) {
      this.other = other;
      broken = over;
    }
    if (broken) {
      other.reset();
    } else {
      call.request(1);
    }
  }

  @Override
  public void write(ByteString data) {
    synchronized (this) {
      queue.add(data);
    }
    flush();
  }

  @Override
  public void end() {
    synchronized (this) {
      endRequested = true;
    }
    flush();
  }

  @Override
  public void reset() {
    finish();
    call.cancel("the other side has broken the connection", null);
  }

  @Override
  public void consumed(int bytes) {
    synchronized (this) {
      unconsumed -= bytes;
      unreported += bytes;
      // Not for each piece, but before the guest has to wait.
      if (unreported >= window / 2 && !readEnded && !over) {
        call.sendMessage(ConnectRequest.newBuilder().setConsumed(unreported).build());
        unreported = 0;
      }
    }
  }

  @Override
  public void onMessage(ConnectResponse response) {
    switch (response.getMessageCase()) {
      case CONNECTED -> {
        synchronized (this) {
          allowed += response.getConnected().getWindowBytes() & 0xffffffffL;
        }
        // The next message is requested when there is somebody to take it.
        if (!opened.complete(this)) {
          violation("established a connection twice");
        }
        return;
      }
      case FAILED ->
          opened.completeExceptionally(new GuestConnectException(response.getFailed().getErrno()));
      case DATA -> take(response.getData());
      case CONSUMED -> {
        synchronized (this) {
          allowed += response.getConsumed() & 0xffffffffL;
        }
        flush();
      }
      case EOF -> {
        StreamEnd taker;
        synchronized (this) {
          readEnded = true;
          taker = other;
        }
        if (taker != null) {
          taker.end();
        }
      }
      case MESSAGE_NOT_SET -> violation("sent an empty message");
    }
    call.request(1);
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    StreamEnd taker;
    boolean broken;
    synchronized (this) {
      taker = other;
      broken = !over && !(status.isOk() && readEnded && endSent);
    }
    finish();
    opened.completeExceptionally(status.asRuntimeException());
    if (broken && taker != null) {
      taker.reset();
    }
  }

  private void take(ByteString data) {
    StreamEnd taker;
    boolean tooMuch;
    synchronized (this) {
      unconsumed += data.size();
      tooMuch = unconsumed + unreported > window;
      taker = other;
    }
    if (tooMuch || taker == null) {
      violation("sent more than it was allowed to");
    } else {
      taker.write(data);
    }
  }

  /** Sends as much as the guest takes. */
  private void flush() {
    int sent = 0;
    StreamEnd source;
    synchronized (this) {
      source = other;
      while (!over && allowed > 0 && !queue.isEmpty()) {
        ByteString data = queue.remove();
        int length = (int) Math.min(Math.min(allowed, data.size()), MAX_MESSAGE_BYTES);
        call.sendMessage(ConnectRequest.newBuilder().setData(data.substring(0, length)).build());
        allowed -= length;
        sent += length;
        if (length < data.size()) {
          ((ArrayDeque<ByteString>) queue).addFirst(data.substring(length));
        }
      }
      if (!over && endRequested && !endSent && queue.isEmpty()) {
        call.sendMessage(
            ConnectRequest.newBuilder().setEof(EndOfStream.getDefaultInstance()).build());
        endSent = true;
      }
    }
    if (sent > 0 && source != null) {
      source.consumed(sent);
    }
  }

  private void violation(String what) {
    StreamEnd taker;
    synchronized (this) {
      taker = other;
    }
    reset();
    opened.completeExceptionally(
        Status.INTERNAL.withDescription("the guest " + what).asRuntimeException());
    if (taker != null) {
      taker.reset();
    }
  }

  private void finish() {
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      queue.clear();
    }
    open.decrementAndGet();
  }
}
