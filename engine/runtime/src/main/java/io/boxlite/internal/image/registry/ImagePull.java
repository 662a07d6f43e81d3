package io.boxlite.internal.image.registry;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import io.boxlite.internal.image.source.Descriptor;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.source.Manifest;
import io.boxlite.internal.image.source.SourceImage;
import io.boxlite.internal.image.store.PartialBlob;
import io.boxlite.internal.image.store.StoredImages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The pull of an image from an endpoint into the store. */
final class ImagePull {
  /** The limit of {@link io.boxlite.internal.image.source.Document}. */
  private static final long MAX_CONFIG = 8 << 20;

  /** More than any tool makes: overlayfs supports some hundred layers. */
  private static final int MAX_LAYERS = 1000;

  private static final long MAX_LAYER = 64L << 30;

  private final ImageName name;
  private final StoredImages store;
  private final PullMonitor monitor;
  private final Session session;
  private final Retry attempts;
  private final PullThreads threads;

  ImagePull(
      ImageName name,
      StoredImages store,
      PullMonitor monitor,
      Session session,
      Retry attempts,
      PullThreads threads) {
    this.name = name;
    this.store = store;
    this.monitor = monitor;
    this.session = session;
    this.attempts = attempts;
    this.threads = threads;
  }

  /** Downloads the missing blobs of the image, and names it in the store. */
  void run() throws IOException, InterruptedException {
    ManifestPuller.Found found = new ManifestPuller(session, attempts, name).pull();
    Manifest manifest = manifest(found);
    Descriptor config = Objects.requireNonNull(manifest.config());
    put(found.manifest().digest(), found.manifest().bytes());
    Digest configDigest = config.digest(found.manifest().what());
    pullBlob("configuration " + configDigest + " of image " + name, configDigest, config.size());
    SourceImage image = store.open(found.descriptor(), "image " + name);
    pullLayers(image, found.manifest().digest());
    store.name(name, found.descriptor(), found.named());
    monitor.completed(found.manifest().digest());
  }

  /** Verifies the sizes in the manifest before anything it refers to is downloaded. */
  private Manifest manifest(ManifestPuller.Found found) {
    Manifest manifest = found.manifest().parse(Manifest.class);
    manifest.checkImage("image " + name);
    List<Descriptor> layers = manifest.layers();
    Descriptor config = manifest.config();
    if (config == null || layers == null) {
      throw new ImageIntegrityException(
          found.manifest().what() + " has no config or no layers, so it is not an image manifest");
    }
    check(found, "the size of its configuration", config.size(), MAX_CONFIG);
    check(found, "the number of its layers", layers.size(), MAX_LAYERS);
    for (Descriptor layer : layers) {
      check(found, "the size of a layer", layer.size(), MAX_LAYER);
    }
    return manifest;
  }

  private static void check(ManifestPuller.Found found, String what, long value, long most) {
    if (value < 0 || value > most) {
      throw new ImageIntegrityException(
          found.manifest().what()
              + ": "
              + what
              + " is "
              + value
              + "; it must be from 0 to "
              + most);
    }
  }

  private void put(Digest digest, byte[] bytes) {
    try (PartialBlob partial = store.fetch(digest)) {
      if (!partial.isStored(bytes.length)) {
        partial.discard();
        partial.write(bytes, bytes.length);
        partial.publish();
      }
    }
  }

  private void pullLayers(SourceImage image, Digest manifest)
      throws IOException, InterruptedException {
    Map<Digest, Layer> missing = new LinkedHashMap<>();
    for (Layer layer : image.layers()) {
      Digest digest = Objects.requireNonNull(layer.digest());
      if (!store.has(digest, layer.size())) {
        missing.put(digest, layer);
      }
    }
    long bytes = missing.values().stream().mapToLong(Layer::size).sum();
    long free = store.freeBytes();
    if (bytes > free) {
      throw new BoxliteException(
          "image "
              + name
              + " needs another "
              + (bytes >> 20)
              + " MiB in the home directory, whose disk has "
              + (free >> 20)
              + " MiB left; free some with images().prune(…), or set boxlite.home to a directory on"
              + " another disk");
    }
    monitor.resolved(manifest, image.layers().size(), missing.size(), bytes);
    List<PullThreads.Task> tasks = new ArrayList<>();
    missing.forEach(
        (digest, layer) ->
            tasks.add(() -> pullBlob(layer.name().replaceAll(",$", ""), digest, layer.size())));
    threads.runAll(tasks);
  }

  private void pullBlob(String what, Digest digest, long size) throws InterruptedException {
    try (PartialBlob partial = store.fetch(digest)) {
      if (partial.isStored(size)) {
        monitor.progress(digest, size, size);
        return;
      }
      new BlobPuller(session, monitor, what, digest, size, partial).pull(attempts);
    }
  }
}
