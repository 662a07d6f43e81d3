package io.boxlite.internal.image.store;

import io.boxlite.BoxliteException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.host.DiskUsage;
import io.boxlite.internal.host.LockFile;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.source.Descriptor;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.source.OciLayout;
import io.boxlite.internal.image.source.SourceImage;
import io.boxlite.text.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The named images of a home directory, in an OCI image layout, which other tools can read.
 *
 * <p>Readers need no lock to find an image, because every file is renamed when it is complete, but
 * they hold {@link #use} while they read its layers. Writers hold an exclusive lock on the file
 * {@code lock}.
 */
public final class StoredImages {
  private static final Duration TIMEOUT = Duration.ofMinutes(30);
  private static final Logger log = LoggerFactory.getLogger(StoredImages.class);

  private final Path directory;
  private final Limits limits;

  /** Opens the store in an existing directory. */
  public StoredImages(Path directory, Limits limits) {
    this.directory = directory;
    this.limits = limits;
  }

  /** Prevents the deletion of blobs until it is closed. */
  public LockFile use() {
    return LockFile.shared(directory.resolve("use"), TIMEOUT);
  }

  /** Finds an image by its name, or by its digest and repository. */
  public Optional<SourceImage> find(ImageName name) {
    OciLayout layout = new OciLayout(directory, "image " + name);
    Optional<Descriptor> entry = entry(layout, name);
    entry.ifPresent(image -> markAsUsed(layout, image));
    return entry.map(layout::open);
  }

  private static Optional<Descriptor> entry(OciLayout layout, ImageName name) {
    return layout.index().entries().stream().filter(image -> answersTo(image, name)).findFirst();
  }

  private static boolean answersTo(Descriptor image, ImageName wanted) {
    String text = image.refName();
    Optional<ImageName> name = text == null ? Optional.empty() : ImageName.find(text);
    if (name.isEmpty()) {
      return false;
    }
    return wanted.digest().isEmpty()
        ? name.get().equals(wanted)
        : image.isOf(wanted.digest().get()) && name.get().repository().equals(wanted.repository());
  }

  /** Sets the modification time of the manifest, which is when its image was last used. */
  private static void markAsUsed(OciLayout layout, Descriptor image) {
    try {
      Files.setLastModifiedTime(
          layout.blob(image.digest("index.json of " + layout.name())),
          FileTime.from(Instant.now()));
    } catch (IOException e) {
      // If the image is gone, opening it reports that.
      log.debug("cannot mark {} as used: {}", layout.name(), e.toString());
    }
  }

  /** Returns the names of all images, sorted. */
  public List<String> names() {
    return layout().index().entries().stream()
        .map(Descriptor::refName)
        .filter(Objects::nonNull)
        .sorted()
        .toList();
  }

  /** Copies an image into the store under a name. An image that had the name loses it. */
  public void add(SourceImage image, ImageName name) {
    try (LockFile lock = lock();
        LayoutWriter writer = new LayoutWriter(layout())) {
      new ImageImport(writer, limits).add(image, name);
    } catch (IOException e) {
      throw new BoxliteException(
          image.name() + " cannot be copied into the image store " + directory + ": " + e, e);
    }
  }

  /** Locks the pull of an image name, waiting for other pulls of the same name. */
  public LockFile lockPull(ImageName name) {
    try {
      Files.createDirectories(layout().partial());
    } catch (IOException e) {
      throw new BoxliteException("the image store " + directory + " cannot be written: " + e, e);
    }
    String key = Sha256.hex(name.toString());
    return LockFile.exclusive(layout().partial().resolve(key + ".pull"), TIMEOUT).deletedOnClose();
  }

  /** Opens a blob for download, waiting for other downloads of it. */
  public PartialBlob fetch(Digest digest) {
    return PartialBlob.open(layout().partial(), layout().blob(digest), digest);
  }

  /** Returns whether a complete blob is in the store. */
  public boolean has(Digest digest, long size) {
    return PartialBlob.sizeOf(layout().blob(digest)) == size;
  }

  /** Opens an image whose documents are in the store; its layers may be missing. */
  public SourceImage open(Descriptor manifest, String name) {
    return new OciLayout(directory, name).open(manifest);
  }

  /**
   * Names an image that was pulled. An image that had the name loses it.
   *
   * @param manifest the image's manifest, all of whose blobs are in the store
   * @param index the digest of the index that referred to it; its own digest if there was none
   */
  public void name(ImageName name, Descriptor manifest, Digest index) {
    Map<String, String> annotations = new LinkedHashMap<>();
    annotations.put(Descriptor.REF_NAME, name.toString());
    if (!index.toString().equals(manifest.digest())) {
      annotations.put(Descriptor.INDEX_DIGEST, index.toString());
    }
    try (LockFile lock = lock();
        LayoutWriter writer = new LayoutWriter(layout())) {
      writer.add(manifest.inIndex(annotations));
    } catch (IOException e) {
      throw new BoxliteException("the image store " + directory + " cannot be written: " + e, e);
    }
  }

  /** Returns the free bytes on the store's disk. */
  public long freeBytes() {
    return DiskUsage.freeBytes(directory);
  }

  /**
   * Removes an image by its name, and deletes the blobs that no other image uses.
   *
   * @throws ImageNotFoundException when the image is not in the store
   */
  public void remove(ImageName name) {
    try (LockFile lock = lock();
        LayoutWriter writer = new LayoutWriter(layout())) {
      List<Descriptor> images = new ArrayList<>(layout().index().entries());
      if (!images.removeIf(image -> answersTo(image, name))) {
        throw new ImageNotFoundException(
            "image "
                + name
                + " is not in the store, which has "
                + (images.isEmpty() ? "no images" : names()));
      }
      writer.index(images);
      // While an image is read or pulled, blobs are left for the next removal.
      Optional<LockFile> unused = LockFile.tryExclusive(directory.resolve("use"));
      if (unused.isPresent()) {
        try (LockFile held = unused.get()) {
          new StoredBlobs(layout()).deleteUnreachable();
        }
      }
    } catch (IOException e) {
      throw new BoxliteException("image " + name + " cannot be removed: " + e, e);
    }
  }

  /**
   * Removes images, the least recently used first, until the others are within a limit, and blobs
   * that belong to no image. Does nothing while an image is read or pulled. Imported images are
   * kept, because they cannot be pulled again.
   *
   * @return the number of bytes freed
   */
  public long prune(long maxBytes) {
    try (LockFile lock = lock();
        LayoutWriter writer = new LayoutWriter(layout())) {
      Optional<LockFile> unused = LockFile.tryExclusive(directory.resolve("use"));
      if (unused.isEmpty()) {
        log.info("not pruning the images in {}, because some are in use", directory);
        return 0;
      }
      try (LockFile held = unused.get()) {
        StoredBlobs blobs = new StoredBlobs(layout());
        writer.index(blobs.mostRecentlyUsed(maxBytes));
        return blobs.deleteUnreachable() + blobs.deletePartial();
      }
    } catch (IOException e) {
      throw new BoxliteException("the image store " + directory + " cannot be pruned: " + e, e);
    }
  }

  /** Returns the size of all images on disk, in bytes. */
  public long size() {
    try {
      return new StoredBlobs(layout()).size();
    } catch (IOException e) {
      throw new BoxliteException("the image store " + directory + " cannot be read: " + e, e);
    }
  }

  private OciLayout layout() {
    return new OciLayout(directory, "the image store " + directory);
  }

  private LockFile lock() {
    return LockFile.exclusive(directory.resolve("lock"), TIMEOUT);
  }
}
