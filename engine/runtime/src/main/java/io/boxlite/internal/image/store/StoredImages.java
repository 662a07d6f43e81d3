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
 * The images of a home directory by name: an OCI image layout, which other tools can read too.
 *
 * <p>Readers need no lock to find an image, since every file gets its name when it is complete, but
 * hold {@link #use} for as long as they read its layers. Writers exclude each other by the file
 * {@code lock}.
 */
public final class StoredImages {
  private static final Duration TIMEOUT = Duration.ofMinutes(30);
  private static final Logger log = LoggerFactory.getLogger(StoredImages.class);

  private final Path directory;
  private final Limits limits;

  /** Uses a directory, which exists. */
  public StoredImages(Path directory, Limits limits) {
    this.directory = directory;
    this.limits = limits;
  }

  /** Keeps every blob where it is until it is closed. */
  public LockFile use() {
    return LockFile.shared(directory.resolve("use"), TIMEOUT);
  }

  /** Finds an image by its name, or by its digest and the repository it was stored under. */
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

  /** The time of a manifest is when its image was last wanted. */
  private static void markAsUsed(OciLayout layout, Descriptor image) {
    try {
      Files.setLastModifiedTime(
          layout.blob(image.digest("index.json of " + layout.name())),
          FileTime.from(Instant.now()));
    } catch (IOException e) {
      // The image may be of another user, or gone, which is told when it is opened.
      log.debug("cannot mark {} as used: {}", layout.name(), e.toString());
    }
  }

  /** The names of all images, sorted. */
  public List<String> names() {
    return layout().index().entries().stream()
        .map(Descriptor::refName)
        .filter(Objects::nonNull)
        .sorted()
        .toList();
  }

  /** Copies an image and gives it a name, which an image of the same name loses. */
  public void add(SourceImage image, ImageName name) {
    try (LockFile lock = lock();
        LayoutWriter writer = new LayoutWriter(layout())) {
      new ImageImport(writer, limits).add(image, name);
    } catch (IOException e) {
      throw new BoxliteException(
          image.name() + " cannot be copied into the image store " + directory + ": " + e, e);
    }
  }

  /** Keeps all others from pulling an image of this name until it is closed. */
  public LockFile turn(ImageName name) {
    try {
      Files.createDirectories(layout().partial());
    } catch (IOException e) {
      throw new BoxliteException("the image store " + directory + " cannot be written: " + e, e);
    }
    String key = Sha256.hex(name.toString());
    return LockFile.exclusive(layout().partial().resolve(key + ".pull"), TIMEOUT);
  }

  /** The place for a blob that is to be fetched; waits for others who fetch it. */
  public PartialBlob fetch(Digest digest) {
    return PartialBlob.open(layout().partial(), layout().blob(digest), digest);
  }

  /** Whether a blob is there, complete. */
  public boolean has(Digest digest, long size) {
    return PartialBlob.sizeOf(layout().blob(digest)) == size;
  }

  /** Opens an image whose documents are in the store and whose layers may be missing. */
  public SourceImage open(Descriptor manifest, String name) {
    return new OciLayout(directory, name).open(manifest);
  }

  /**
   * Gives a name to an image that was fetched; an image of the same name loses it.
   *
   * @param manifest of the image, all of whose blobs are in the store
   * @param index the digest of the index that led to it; its own when there was none
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

  /** How many bytes the store's disk has left for this user. */
  public long freeBytes() {
    return DiskUsage.freeBytes(directory);
  }

  /**
   * Takes the name away from an image, and deletes what no other image has.
   *
   * @throws ImageNotFoundException when there is no such image
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
      // Not while anybody reads or pulls: what is left then goes the next time.
      Optional<LockFile> nobody = LockFile.tryExclusive(directory.resolve("use"));
      if (nobody.isPresent()) {
        try (LockFile held = nobody.get()) {
          new StoredBlobs(layout()).deleteUnreachable();
        }
      }
    } catch (IOException e) {
      throw new BoxliteException("image " + name + " cannot be removed: " + e, e);
    }
  }

  /**
   * Removes the images that were not used for longest until the rest takes at most so many bytes,
   * and all that belongs to no image; nothing while anybody reads or pulls one. Imported images
   * stay: no registry has them to be fetched again.
   *
   * @return how many bytes were given back
   */
  public long prune(long maxBytes) {
    try (LockFile lock = lock();
        LayoutWriter writer = new LayoutWriter(layout())) {
      Optional<LockFile> nobody = LockFile.tryExclusive(directory.resolve("use"));
      if (nobody.isEmpty()) {
        log.info("images of {} are in use, so none is pruned now", directory);
        return 0;
      }
      try (LockFile held = nobody.get()) {
        StoredBlobs blobs = new StoredBlobs(layout());
        writer.index(blobs.mostRecentlyUsed(maxBytes));
        return blobs.deleteUnreachable() + blobs.deletePartial();
      }
    } catch (IOException e) {
      throw new BoxliteException("the image store " + directory + " cannot be pruned: " + e, e);
    }
  }

  /** What all images take on the disk, in bytes. */
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
