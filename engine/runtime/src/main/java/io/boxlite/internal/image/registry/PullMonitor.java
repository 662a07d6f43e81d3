package io.boxlite.internal.image.registry;

import io.boxlite.PullEvent;
import io.boxlite.PullListener;
import io.boxlite.internal.image.layer.Digest;
import java.time.Duration;

/** Reports the progress of a pull to a listener, one event at a time. */
final class PullMonitor {
  private final String image;
  private final PullListener listener;
  private final long begin = System.nanoTime();
  private boolean resolved;
  private long fetched;

  PullMonitor(String image, PullListener listener) {
    this.image = image;
    this.listener = listener;
  }

  synchronized void resolved(Digest digest, int layers, int missing, long missingBytes) {
    resolved = true;
    fetched = 0;
    listener.onEvent(
        new PullEvent.Resolved(image, digest.toString(), layers, missing, missingBytes));
  }

  synchronized void progress(Digest layer, long bytes, long total) {
    if (resolved) { // Until then, only the configuration is downloaded.
      listener.onEvent(new PullEvent.Progress(image, layer.toString(), bytes, total));
    }
  }

  synchronized void fetched(long bytes) {
    fetched += bytes;
  }

  synchronized void retrying(String reason, Duration delay) {
    listener.onEvent(new PullEvent.Retrying(image, reason, delay));
  }

  synchronized void completed(Digest digest) {
    Duration time = Duration.ofNanos(System.nanoTime() - begin);
    listener.onEvent(new PullEvent.Completed(image, digest.toString(), fetched, time));
  }
}
