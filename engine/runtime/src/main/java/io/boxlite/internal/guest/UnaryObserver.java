package io.boxlite.internal.guest;

import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/** Passes the response of a unary call, or its failure, to a callback. */
record UnaryObserver<T>(Consumer<T> onResponse, Runnable onFailure) implements StreamObserver<T> {
  @Override
  public void onNext(T response) {
    onResponse.accept(response);
  }

  @Override
  public void onError(Throwable failure) {
    onFailure.run();
  }

  @Override
  public void onCompleted() {}
}
