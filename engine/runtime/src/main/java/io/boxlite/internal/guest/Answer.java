package io.boxlite.internal.guest;

import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/** Takes the one answer of a call that nobody waits for, or its failure. */
record Answer<T>(Consumer<T> onAnswer, Runnable onFailure) implements StreamObserver<T> {
  @Override
  public void onNext(T answer) {
    onAnswer.accept(answer);
  }

  @Override
  public void onError(Throwable failure) {
    onFailure.run();
  }

  @Override
  public void onCompleted() {}
}
