package io.boxlite.internal.guest;

import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.FilePart;
import io.boxlite.internal.guest.proto.GetFilesRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import org.jspecify.annotations.Nullable;

/**
 * A call that copies files out of a guest, at the pace at which they are taken. Ends with its box
 * in any case: the blocking stub of gRPC waits forever for some guests that violate the protocol.
 */
final class GetFiles extends ClientCall.Listener<FilePart> implements AutoCloseable {
  private final ClientCall<GetFilesRequest, FilePart> call;
  private final ProgressWatch watch;

  // Both are guarded by this.
  private @Nullable FilePart next;
  private @Nullable Status end;

  GetFiles(AgentClient client, GetFilesRequest request) {
    call = client.channel().newCall(AgentGrpc.getGetFilesMethod(), CallOptions.DEFAULT);
    watch = new ProgressWatch(client, () -> onClose(Status.UNAVAILABLE, new Metadata()));
    watch.start();
    call.start(this, new Metadata());
    call.request(1);
    call.sendMessage(request);
    call.halfClose();
  }

  /** Waits for the next part, and returns it; null after the last one. */
  synchronized @Nullable FilePart next() throws StatusException, InterruptedException {
    watch.waiting();
    while (next == null && end == null) {
      wait();
    }
    watch.progressed();
    FilePart part = next;
    if (part != null) {
      next = null;
      call.request(1);
    } else if (end != null && !end.isOk()) {
      throw end.asException();
    }
    return part;
  }

  @Override
  public synchronized void onMessage(FilePart part) {
    next = part;
    notifyAll();
  }

  @Override
  public synchronized void onClose(Status status, Metadata trailers) {
    if (end == null) {
      end = status;
    }
    notifyAll();
  }

  @Override
  public void close() {
    watch.close();
    call.cancel("the host needs no more", null);
  }
}
