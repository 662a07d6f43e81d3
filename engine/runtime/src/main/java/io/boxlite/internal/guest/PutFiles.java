package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.DirectoryEnd;
import io.boxlite.internal.guest.proto.FileEntry;
import io.boxlite.internal.guest.proto.FilePart;
import io.boxlite.internal.guest.proto.PutFilesRequest;
import io.boxlite.internal.guest.proto.PutFilesResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import org.jspecify.annotations.Nullable;

/**
 * A call that copies files into a guest, at the pace at which the guest accepts them. Ends with its
 * box in any case.
 */
final class PutFiles extends ClientCall.Listener<PutFilesResponse> implements TreeSink {
  private final ClientCall<PutFilesRequest, PutFilesResponse> call;
  private final ProgressWatch watch;
  private @Nullable Status end; // guarded by this

  /**
   * Starts the call.
   *
   * @param first the request that comes before all parts
   */
  PutFiles(AgentClient client, PutFilesRequest first) {
    call = client.channel().newCall(AgentGrpc.getPutFilesMethod(), CallOptions.DEFAULT);
    watch = new ProgressWatch(client, () -> onClose(Status.UNAVAILABLE, new Metadata()));
    watch.start();
    call.start(this, new Metadata());
    call.request(2); // a second response would be noticed
    call.sendMessage(first);
  }

  @Override
  public void entry(FileEntry.Builder entry) throws StatusException, InterruptedException {
    send(FilePart.newBuilder().setEntry(entry));
  }

  @Override
  public void data(ByteString data) throws StatusException, InterruptedException {
    send(FilePart.newBuilder().setData(data));
  }

  @Override
  public void directoryEnd() throws StatusException, InterruptedException {
    send(FilePart.newBuilder().setDirectoryEnd(DirectoryEnd.getDefaultInstance()));
  }

  /** Ends the request stream, and waits until the guest has written everything. */
  void finish() throws StatusException, InterruptedException {
    call.halfClose();
    synchronized (this) {
      watch.waiting();
      while (end == null) {
        wait();
      }
      if (!end.isOk()) {
        throw end.asException();
      }
    }
  }

  void cancel(Throwable reason) {
    watch.close();
    call.cancel("the host cannot continue", reason);
  }

  private synchronized void send(FilePart.Builder part)
      throws StatusException, InterruptedException {
    if (end == null && !call.isReady()) {
      watch.waiting();
      while (end == null && !call.isReady()) {
        wait();
      }
      watch.progressed();
    }
    if (end != null) {
      throw end.asException();
    }
    call.sendMessage(PutFilesRequest.newBuilder().setPart(part).build());
  }

  @Override
  public synchronized void onReady() {
    notifyAll();
  }

  @Override
  public synchronized void onClose(Status status, Metadata trailers) {
    if (end == null) {
      end = status;
    }
    watch.close();
    notifyAll();
  }
}
