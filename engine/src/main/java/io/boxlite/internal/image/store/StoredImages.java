package io.boxlite.internal.image.store;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.host.LockFile;
import io.boxlite.internal.image.layer.Compression;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import io.boxlite.internal.image.layer.LayerStream;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.layer.VerifyingStream;
import io.boxlite.internal.image.source.ConfigFile;
import io.boxlite.internal.image.source.Descriptor;
import io.boxlite.internal.image.source.Document;
import io.boxlite.internal.image.source.ImageIndex;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.source.Manifest;
import io.boxlite.internal.image.source.OciLayout;
import io.boxlite.internal.image.source.Platform;
import io.boxlite.internal.image.source.SourceImage;
import java.io.ByteArrayInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The images of a home folder by name: an OCI image layout, which other tools can read too.
 *
 * <p>Readers need no lock, since every file gets its name when it is complete. Writers exclude each
 * other.
 */
public final class StoredImages {
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  private final Path directory;
  private final Limits limits;

  /** Uses a folder, which exists. */
  public StoredImages(Path directory, Limits limits) {
    this.directory = directory;
    this.limits = limits;
  }

  /** Finds an image by its name, or by its digest and the repository it was stored under. */
  public Optional<SourceImage> find(ImageName name) {
    OciLayout layout = new OciLayout(directory, "image " + name);
    return layout.index().entries().stream()
        .filter(image -> answersTo(image, name))
        .findFirst()
        .map(layout::open);
  }

  private static boolean answersTo(Descriptor image, ImageName wanted) {
    String text = image.refName();
    Optional<ImageName> name = text == null ? Optional.empty() : ImageName.find(text);
    if (name.isEmpty()) {
      return false;
    }
    return wanted.digest().isEmpty()
        ? name.get().equals(wanted)
        : wanted.digest().get().equals(image.digest())
            && name.get().repository().equals(wanted.repository());
  }

  /** The names of all images, sorted. */
  public List<String> names() {
    return new OciLayout(directory, "the image store " + directory)
        .index().entries().stream()
            .map(Descriptor::refName)
            .filter(Objects::nonNull)
            .sorted()
            .toList();
  }

  /** Copies an image and gives it a name, which an image of the same name loses. */
  public void add(SourceImage image, ImageName name) {
    try (LockFile lock = LockFile.exclusive(directory.resolve("lock"), PATIENCE)) {
      Path unfinished = lock.file().resolveSibling("unfinished");
      try {
        new Import(new OciLayout(directory, "the image store " + directory), unfinished)
            .add(image, name);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    } catch (IOException e) {
      throw new BoxliteException(
          image.name() + " cannot be copied into the image store " + directory + ": " + e, e);
    }
  }

  /** One import, by the lock's holder, who alone may use the unfinished file. */
  private final class Import {
    private final OciLayout layout;
    private final Path unfinished;

    Import(OciLayout layout, Path unfinished) {
      this.layout = layout;
      this.unfinished = unfinished;
    }

    void add(SourceImage image, ImageName name) throws IOException {
      Files.createDirectories(layout.blob(image.digest()).getParent());
      publish(
          "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8),
          directory.resolve("oci-layout"));
      List<Descriptor> layers = new ArrayList<>();
      List<Digest> diffIds = new ArrayList<>();
      for (Layer layer : image.layers()) {
        layers.add(copy(layer, image.manifest().isEmpty(), diffIds));
      }
      Document config =
          image.config().orElseGet(() -> Document.of("configuration", ConfigFile.of(diffIds)));
      Descriptor configDescriptor = publish(config, Descriptor.CONFIG);
      Document manifest =
          image
              .manifest()
              .orElseGet(
                  () ->
                      Document.of(
                          "manifest",
                          new Manifest(2, Descriptor.MANIFEST, configDescriptor, layers)));
      Descriptor descriptor = publish(manifest, mediaType(manifest));
      index(
          new Descriptor(
              descriptor.mediaType(),
              descriptor.digest(),
              descriptor.size(),
              Platform.BOX,
              Map.of(Descriptor.REF_NAME, name.toString())));
    }

    private static String mediaType(Document manifest) {
      return Objects.requireNonNullElse(
          manifest.parse(Manifest.class).mediaType(), Descriptor.MANIFEST);
    }

    private Descriptor copy(Layer layer, boolean describe, List<Digest> diffIds)
        throws IOException {
      Digest digest;
      long size;
      Compression compression;
      try (VerifyingStream stored = layer.open()) {
        PushbackInputStream in = new PushbackInputStream(stored, 6);
        byte[] start = in.readNBytes(6);
        compression = Compression.ofStart(start);
        in.unread(start);
        write(in);
        digest = stored.drain().digest();
        size = stored.size();
      } catch (ImageIntegrityException e) {
        throw layer.named(e);
      }
      if (describe) {
        // Without a manifest nothing else verifies the layer, or says what it must be.
        diffIds.add(
            LayerStream.diffId(
                new Layer(
                    layer.name(),
                    size,
                    digest,
                    layer.diffId(),
                    () -> Files.newInputStream(unfinished)),
                limits));
      }
      Files.move(unfinished, layout.blob(digest), StandardCopyOption.ATOMIC_MOVE);
      return new Descriptor(compression.mediaType(), digest.toString(), size, null, null);
    }

    private Descriptor publish(Document document, String mediaType) throws IOException {
      Digest digest = document.digest();
      publish(document.bytes(), layout.blob(digest));
      return new Descriptor(mediaType, digest.toString(), document.bytes().length, null, null);
    }

    private void index(Descriptor image) throws IOException {
      List<Descriptor> images = new ArrayList<>(layout.index().entries());
      images.removeIf(other -> Objects.equals(other.refName(), image.refName()));
      images.add(image);
      ImageIndex index = new ImageIndex(2, "application/vnd.oci.image.index.v1+json", images);
      publish(Document.of("index.json", index).bytes(), layout.indexFile());
    }

    private void publish(byte[] bytes, Path file) throws IOException {
      write(new ByteArrayInputStream(bytes));
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Writes so that a later rename cannot reach the disk before the bytes do. */
    private void write(InputStream in) throws IOException {
      try (FileOutputStream out = new FileOutputStream(unfinished.toFile())) {
        byte[] buffer = new byte[1 << 18];
        for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
          out.write(buffer, 0, got);
        }
        out.getFD().sync();
      }
    }
  }
}
