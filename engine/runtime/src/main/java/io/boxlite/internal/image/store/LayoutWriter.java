package io.boxlite.internal.image.store;

import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.source.Descriptor;
import io.boxlite.internal.image.source.Document;
import io.boxlite.internal.image.source.ImageIndex;
import io.boxlite.internal.image.source.OciLayout;
import java.io.ByteArrayInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Writes to the layout, for the holder of its lock. Each file is written to {@code unfinished} and
 * is renamed when it is complete and on the disk.
 */
final class LayoutWriter implements AutoCloseable {
  private final OciLayout layout;
  private final Path unfinished;

  LayoutWriter(OciLayout layout) throws IOException {
    this.layout = layout;
    unfinished = layout.directory().resolve("unfinished");
    Files.createDirectories(layout.blobs());
    Path version = layout.directory().resolve("oci-layout");
    if (!Files.exists(version)) {
      publish("{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8), version);
    }
  }

  /** Returns the file that is written and not published yet. */
  Path unfinished() {
    return unfinished;
  }

  /**
   * Writes the file and forces it to the disk, so that a later rename cannot reach the disk first.
   */
  void write(InputStream in) throws IOException {
    try (FileOutputStream out = new FileOutputStream(unfinished.toFile())) {
      byte[] buffer = new byte[1 << 18];
      for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
        out.write(buffer, 0, got);
      }
      out.getFD().sync();
    }
  }

  /** Publishes the written file as a blob. */
  void publish(Digest digest) throws IOException {
    Files.move(unfinished, layout.blob(digest), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Publishes a document as a blob. */
  Descriptor publish(Document document, String mediaType) throws IOException {
    Digest digest = document.digest();
    publish(document.bytes(), layout.blob(digest));
    return Descriptor.of(mediaType, digest, document.bytes().length);
  }

  /** Adds an image to the index. An image that had its name is removed from it. */
  void add(Descriptor image) throws IOException {
    List<Descriptor> images = new ArrayList<>(layout.index().entries());
    images.removeIf(other -> Objects.equals(other.refName(), image.refName()));
    images.add(image);
    index(images);
  }

  /** Writes the index of all images. */
  void index(List<Descriptor> images) throws IOException {
    publish(
        Document.of("index.json", new ImageIndex(2, Descriptor.INDEX, images)).bytes(),
        layout.indexFile());
  }

  private void publish(byte[] bytes, Path file) throws IOException {
    write(new ByteArrayInputStream(bytes));
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Deletes the file if it was not published. */
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(unfinished);
  }
}
