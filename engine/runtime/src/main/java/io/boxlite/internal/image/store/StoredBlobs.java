package io.boxlite.internal.image.store;

import io.boxlite.BoxliteException;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.source.Descriptor;
import io.boxlite.internal.image.source.OciLayout;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The blobs of a layout, and the images that they belong to. */
record StoredBlobs(OciLayout layout) {
  private static final Logger log = LoggerFactory.getLogger(StoredBlobs.class);

  /** Returns the size of all blobs and partial downloads in bytes. */
  long size() throws IOException {
    return size(layout.blobs()) + size(layout.partial());
  }

  private static long size(Path directory) throws IOException {
    long size = 0;
    for (Path file : files(directory)) {
      size += sizeOf(file);
    }
    return size;
  }

  /**
   * Returns the images to keep within a limit: all that were imported, then the others, the most
   * recently used first, until their blobs exceed the limit.
   */
  List<Descriptor> mostRecentlyUsed(long maxBytes) throws IOException {
    List<Image> images = new ArrayList<>();
    for (Descriptor descriptor : layout.index().entries()) {
      images.add(new Image(descriptor, lastUsed(descriptor)));
    }
    images.sort(
        Comparator.comparing((Image image) -> image.descriptor.wasImported())
            .thenComparing(Image::lastUsed)
            .reversed());
    List<Descriptor> kept = new ArrayList<>();
    Set<Digest> blobs = new HashSet<>();
    long size = 0;
    for (Image image : images) {
      for (Digest digest : reachable(List.of(image.descriptor))) {
        if (blobs.add(digest)) {
          size += sizeOf(layout.blob(digest));
        }
      }
      if (size > maxBytes && !image.descriptor.wasImported()) {
        break;
      }
      kept.add(image.descriptor);
    }
    return kept;
  }

  private record Image(Descriptor descriptor, Instant lastUsed) {}

  private Instant lastUsed(Descriptor image) throws IOException {
    try {
      return Files.getLastModifiedTime(layout.blob(image.digest(layout.name()))).toInstant();
    } catch (NoSuchFileException e) {
      return Instant.EPOCH;
    }
  }

  /**
   * Deletes the blobs that no image of the index refers to, and returns the number of bytes freed.
   */
  long deleteUnreachable() throws IOException {
    Set<String> wanted = new HashSet<>();
    reachable(layout.index().entries()).forEach(digest -> wanted.add(digest.hex()));
    long freed = 0;
    for (Path blob : files(layout.blobs())) {
      if (!wanted.contains(blob.getFileName().toString())) {
        freed += delete(blob);
      }
    }
    return freed;
  }

  /** Deletes partial downloads, and returns the number of bytes freed. */
  long deletePartial() throws IOException {
    long freed = 0;
    for (Path file : files(layout.partial())) {
      freed += delete(file);
    }
    return freed;
  }

  private static long delete(Path file) throws IOException {
    long size = sizeOf(file);
    Files.deleteIfExists(file);
    log.debug("deleted {}: {} bytes", file, size);
    return size;
  }

  /**
   * Returns all blobs of the images; for a damaged image, those that its documents still refer to.
   */
  private Set<Digest> reachable(List<Descriptor> images) {
    Set<Digest> digests = new HashSet<>();
    for (Descriptor image : images) {
      try {
        layout.addReferences(image, digests);
      } catch (BoxliteException e) {
        log.warn("an image of {} is damaged: {}", layout.name(), e.getMessage());
      }
    }
    return digests;
  }

  private static List<Path> files(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      all.forEach(files::add);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return files;
  }

  private static long sizeOf(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }
}
