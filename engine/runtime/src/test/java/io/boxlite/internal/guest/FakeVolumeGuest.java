package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.proto.VolumeAttached;
import io.boxlite.internal.guest.proto.VolumeRequest;
import io.boxlite.internal.guest.proto.VolumeResponse;
import io.boxlite.internal.guest.proto.VolumeStart;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A guest that mounts one volume, and sends what a test wants as requests of its kernel. */
public final class FakeVolumeGuest implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final FakeGuest guest;
  private final AgentClient client;
  private final BlockingQueue<byte[]> replies = new LinkedBlockingQueue<>();
  private volatile boolean takesReplies = true;
  private volatile @Nullable ServerCallStreamObserver<VolumeResponse> call;

  /**
   * Starts the guest.
   *
   * @param directory for its socket
   */
  public FakeVolumeGuest(Path directory) throws IOException {
    guest = new FakeGuest(directory).onVolume(this::serve);
    client = AgentClient.connect("b1", guest.link(), () -> "", HostStalls.NONE);
  }

  private StreamObserver<VolumeRequest> serve(ServerCallStreamObserver<VolumeResponse> out) {
    call = out;
    out.disableAutoRequest();
    out.request(1);
    return new StreamObserver<>() {
      @Override
      public void onNext(VolumeRequest request) {
        switch (request.getMessageCase()) {
          case START -> started(request.getStart(), out);
          case REPLY -> replies.add(request.getReply().toByteArray());
          case BARRIER ->
              out.onNext(VolumeResponse.newBuilder().setPassed(request.getBarrier()).build());
          case MESSAGE_NOT_SET -> throw new AssertionError("an empty request");
        }
        if (takesReplies) {
          out.request(1);
        }
      }

      @Override
      public void onError(Throwable failure) {}

      @Override
      public void onCompleted() {}
    };
  }

  private static void started(VolumeStart start, ServerCallStreamObserver<VolumeResponse> out) {
    if (start.getPath().equals("/refused")) {
      out.onError(Status.FAILED_PRECONDITION.withDescription("a file is in the way").asException());
    } else {
      VolumeAttached attached = VolumeAttached.newBuilder().setUid(5).setGid(6).build();
      out.onNext(VolumeResponse.newBuilder().setAttached(attached).build());
    }
  }

  /** Mounts a volume. */
  public GuestVolume attach(String path) {
    return client.attach(VolumeStart.newBuilder().setPath(path).build(), TIMEOUT);
  }

  /** Sends a request of the kernel, whatever the host is ready for. */
  public void send(byte[] request) {
    ByteString bytes = ByteString.copyFrom(request);
    out().onNext(VolumeResponse.newBuilder().setRequest(bytes).build());
  }

  /** Sends a message that the protocol does not allow. */
  public void violate() {
    out().onNext(VolumeResponse.getDefaultInstance());
  }

  /** Returns whether the host takes more requests. */
  public boolean isReady() {
    return out().isReady();
  }

  /** Returns the next reply; null if none comes in time. */
  public byte @Nullable [] reply(Duration timeout) throws InterruptedException {
    return replies.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Takes no more replies. */
  public void takeNoReplies() {
    takesReplies = false;
  }

  /** Returns why the box is lost; waits for it for a while. */
  public Optional<String> loss(Duration timeout) throws Exception {
    try {
      return Optional.of(client.whenLost().get(timeout.toMillis(), TimeUnit.MILLISECONDS).why());
    } catch (java.util.concurrent.TimeoutException e) {
      return Optional.empty();
    }
  }

  private ServerCallStreamObserver<VolumeResponse> out() {
    ServerCallStreamObserver<VolumeResponse> open = call;
    if (open == null) {
      throw new AssertionError("no volume is attached");
    }
    return open;
  }

  @Override
  public void close() {
    client.close();
    guest.close();
  }
}
