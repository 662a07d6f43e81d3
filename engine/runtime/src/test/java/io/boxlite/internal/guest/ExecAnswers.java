package io.boxlite.internal.guest;

import io.boxlite.internal.guest.proto.ExecResponse;
import io.grpc.stub.CallStreamObserver;

/**
 * The answers of one execution: like an agent, ends the call when the end of the program was
 * reported.
 */
final class ExecAnswers extends CallStreamObserver<ExecResponse> {
  private final CallStreamObserver<ExecResponse> out;
  private boolean exited;
  private boolean ended;

  ExecAnswers(CallStreamObserver<ExecResponse> out) {
    this.out = out;
  }

  boolean isEnded() {
    return ended;
  }

  void endAfterExit() {
    if (exited && !ended) {
      onCompleted();
    }
  }

  @Override
  public void onNext(ExecResponse response) {
    exited |= response.hasExited();
    out.onNext(response);
  }

  @Override
  public void onError(Throwable failure) {
    ended = true;
    out.onError(failure);
  }

  @Override
  public void onCompleted() {
    ended = true;
    out.onCompleted();
  }

  @Override
  public boolean isReady() {
    return out.isReady();
  }

  @Override
  public void setOnReadyHandler(Runnable handler) {
    out.setOnReadyHandler(handler);
  }

  @Override
  public void disableAutoInboundFlowControl() {
    out.disableAutoInboundFlowControl();
  }

  @Override
  public void request(int count) {
    out.request(count);
  }

  @Override
  public void setMessageCompression(boolean enable) {
    out.setMessageCompression(enable);
  }
}
