package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.boxlite.BoxStartException;
import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.VolumeAttached;
import io.boxlite.internal.guest.proto.VolumeRequest;
import io.boxlite.internal.guest.proto.VolumeResponse;
import io.boxlite.internal.guest.proto.VolumeStart;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A directory that a guest has mounted, and whose files it asks for here, one message of the FUSE
 * protocol at a time. It is mounted as long as this is open.
 */
public final class GuestVolume implements AutoCloseable {
  /** Answers the guest's requests. Its methods are called by threads that must not be blocked. */
  public interface Handler {
    /** Takes a request that was asked for. Returns false if it is not one. */
    boolean request(byte[] message);

    /** The guest takes replies again. */
    void ready();

    /** There will be no more requests. */
    void ended();
  }

  private final AgentClient client;
  private final ClientCall<VolumeRequest, VolumeResponse> call;
  private final CompletableFuture<VolumeAttached> attached = new CompletableFuture<>();
  private volatile @Nullable Handler handler;
  private volatile boolean closed;

  // Both are guarded by this.
  private long lastBarrier;
  private long passed;

  GuestVolume(AgentClient client, VolumeStart start) {
    this.client = client;
    call =
        client
            .channel()
            .newCall(
                AgentGrpc.getVolumeMethod(),
                CallOptions.DEFAULT.withOption(GuestChannel.MAY_BE_IDLE, true));
    call.start(new Messages(), new Metadata());
    call.sendMessage(VolumeRequest.newBuilder().setStart(start).build());
    call.request(1);
  }

  /**
   * Waits until the volume is mounted.
   *
   * @throws BoxStartException if the guest refuses, with its reason
   * @throws io.boxlite.BoxLostException if the box is lost, or the guest does not respond in time
   */
  GuestVolume await(String path, Duration timeout) {
    try {
      attached.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return this;
    } catch (ExecutionException e) {
      Status status = Status.fromThrowable(e.getCause());
      String what = "cannot mount the volume " + path + " in box " + client.box();
      if (status.getCode() == Status.Code.INVALID_ARGUMENT
          || status.getCode() == Status.Code.FAILED_PRECONDITION) {
        throw new BoxStartException(what + ": " + GuestText.clean(status.getDescription()), "", e);
      }
      CallFailure.awaitReason(client, status);
      throw CallFailure.of(client, what, status, e);
    } catch (TimeoutException e) {
      close();
      throw new BoxStartException(
          "box " + client.box() + " did not mount the volume " + path + " in time",
          client.consoleTail(),
          e);
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new BoxStartException(
          "interrupted while box " + client.box() + " mounted the volume " + path, "", e);
    }
  }

  /** Returns the id of the box, for messages and the names of threads. */
  public String box() {
    return client.box();
  }

  /** Returns the user id of the owner that was named, as an unsigned number. */
  public int uid() {
    return attached.join().getUid();
  }

  /** Returns the group id of the owner that was named, as an unsigned number. */
  public int gid() {
    return attached.join().getGid();
  }

  /** Sets who answers. Called once, before the first request is asked for. */
  public void serve(Handler answering) {
    handler = answering;
  }

  /** Asks for the next request. Each call brings one request, as soon as the guest has one. */
  public synchronized void askForMore() {
    if (!closed) {
      call.request(1);
    }
  }

  /** Returns whether the guest takes replies; otherwise {@link Handler#ready} is called later. */
  public boolean isReady() {
    return closed || call.isReady();
  }

  /** Sends a reply, or a notification. Its array must not be changed any more. */
  public synchronized void reply(byte[] message) {
    if (!closed) {
      ByteString bytes = UnsafeByteOperations.unsafeWrap(message);
      call.sendMessage(VolumeRequest.newBuilder().setReply(bytes).build());
    }
  }

  /**
   * Waits until the guest has processed all notifications that were sent, or the volume is closed.
   */
  public void awaitNotifications(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (this) {
      long barrier = ++lastBarrier;
      if (!closed) {
        call.sendMessage(VolumeRequest.newBuilder().setBarrier(barrier).build());
      }
      long left = timeout.toNanos();
      while (!closed && passed < barrier && left > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
        left = deadline - System.nanoTime();
      }
    }
  }

  /** Runs a task after a delay, unless the box has ended, on a thread that must not be blocked. */
  public void after(Duration delay, Runnable task) {
    Future<?> unused = client.after(delay, task);
  }

  /** Ends the call, and with it the mount. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      notifyAll();
      call.cancel("the volume was closed", null);
    }
  }

  private final class Messages extends ClientCall.Listener<VolumeResponse> {
    @Override
    public void onMessage(VolumeResponse response) {
      Handler answering = handler;
      switch (response.getMessageCase()) {
        case ATTACHED -> {
          if (!attached.complete(response.getAttached())) {
            violated("'attached' twice");
          }
        }
        case REQUEST -> {
          if (answering == null || !answering.request(response.getRequest().toByteArray())) {
            violated("what is no request for a volume");
          }
        }
        case PASSED -> {
          synchronized (GuestVolume.this) {
            passed = response.getPassed();
            GuestVolume.this.notifyAll();
            if (!closed) {
              call.request(1);
            }
          }
        }
        case MESSAGE_NOT_SET -> violated("a message of a kind that the protocol does not have");
      }
    }

    private void violated(String what) {
      client.lost("its guest violated the protocol: it sent " + what);
    }

    @Override
    public void onReady() {
      Handler answering = handler;
      if (answering != null) {
        answering.ready();
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      synchronized (GuestVolume.this) {
        closed = true;
        GuestVolume.this.notifyAll();
      }
      attached.completeExceptionally(status.asRuntimeException());
      Handler answering = handler;
      if (answering != null) {
        answering.ended();
      }
      Optional<String> violation = CallFailure.violation(status);
      violation.ifPresent(client::lost);
    }
  }
}
