package io.boxlite.internal.image.registry;

import io.boxlite.ImageIntegrityException;
import io.boxlite.ImagePullException;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.store.PartialBlob;
import io.boxlite.text.Sha256;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Map;

/** Downloads a blob into its file, resuming where an earlier attempt ended, and verifies it. */
final class BlobPuller {
  private static final int BUFFER = 1 << 18;

  /** The interval of progress events in bytes. */
  private static final int STEP = 1 << 18;

  private final Session session;
  private final PullMonitor monitor;
  private final String what;
  private final Digest digest;
  private final long size;
  private final PartialBlob partial;
  private MessageDigest running = Sha256.start();

  /** The size of the file, all of which {@link #running} has digested. */
  private long position;

  private boolean resumed;

  BlobPuller(
      Session session,
      PullMonitor monitor,
      String what,
      Digest digest,
      long size,
      PartialBlob partial) {
    this.session = session;
    this.monitor = monitor;
    this.what = what;
    this.digest = digest;
    this.size = size;
    this.partial = partial;
  }

  void pull(Retry attempts) throws InterruptedException {
    readPartial();
    attempts.make(
        what,
        () -> position,
        () -> {
          attempt();
          return position;
        });
    monitor.progress(digest, size, size);
  }

  /** Digests the partial file of an earlier pull, so that the resumed download can be verified. */
  private void readPartial() {
    long there = partial.size();
    if (there == 0) {
      return;
    }
    if (there > size) {
      restart();
      return;
    }
    partial.read(
        (bytes, length) -> {
          running.update(bytes, 0, length);
          position += length;
        });
    resumed = true;
    monitor.progress(digest, position, size);
  }

  private void attempt() throws IOException, InterruptedException {
    if (position < size || size == 0) {
      fetch();
    }
    if (position < size) {
      throw new EOFException("it ended after " + position + " of " + size + " bytes");
    }
    Digest actual = Digest.of(running);
    if (!actual.equals(digest)) {
      boolean ofOthers = resumed;
      restart();
      if (ofOthers) {
        // The partial file may be the damaged part, so try once more without it.
        throw new IOException("the resumed download has the digest " + actual);
      }
      throw new ImageIntegrityException(
          what + " is damaged: its digest is " + actual + ", expected " + digest);
    }
    partial.publish();
  }

  private void restart() {
    partial.discard();
    running = Sha256.start();
    position = 0;
    resumed = false;
  }

  private void fetch() throws IOException, InterruptedException {
    Map<String, String> range =
        position == 0 ? Map.of() : Map.of("Range", "bytes=" + position + "-");
    try (Response reply = session.get(session.endpoint().blob(digest.toString()), range)) {
      switch (reply.status()) {
        case 200 -> {
          if (position > 0) {
            restart(); // The server does not support ranges.
          }
        }
        case 206 -> checkRange(reply);
        case 416 -> {
          String why = "it has no byte " + position + " of " + size;
          restart();
          throw new IOException(why);
        }
        case 404 ->
            throw new ImagePullException(
                what + " does not exist in registry " + session.endpoint());
        default -> throw reply.failure(what);
      }
      long announced = reply.contentLength();
      if (announced >= 0 && announced != size - position) {
        throw new ImageIntegrityException(
            what
                + " is sent with "
                + announced
                + " bytes, but its descriptor leaves "
                + (size - position));
      }
      copy(reply.body());
    }
  }

  private void checkRange(Response reply) throws IOException {
    String range = String.valueOf(reply.header("Content-Range"));
    if (position == 0 || !range.matches("bytes " + position + "-[0-9]+/([0-9]+|\\*)")) {
      String asked = "bytes " + position + "-";
      restart();
      throw new IOException("the requested range is " + asked + ", but the answer has " + range);
    }
  }

  private void copy(InputStream in) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long told = position;
    long begin = position;
    try {
      for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
        if (position + got > size) {
          throw new ImageIntegrityException(
              what + " has more than the " + size + " bytes that its descriptor specifies");
        }
        partial.write(buffer, got);
        running.update(buffer, 0, got);
        position += got;
        if (position - told >= STEP) {
          told = position;
          monitor.progress(digest, position, size);
        }
      }
    } finally {
      monitor.fetched(position - begin);
    }
  }
}
