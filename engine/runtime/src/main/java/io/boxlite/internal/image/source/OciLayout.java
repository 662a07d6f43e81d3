package io.boxlite.internal.image.source;

import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.image.layer.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An OCI image layout in a directory (OCI image specification 1.1, image-layout.md).
 *
 * @param directory the directory with {@code index.json} and {@code blobs}
 * @param name the name for messages
 */
public record OciLayout(Path directory, String name) {
  /** The maximum nesting of indexes. Usual images have one level, and BuildKit's two. */
  public static final int MAX_NESTING = 4;

  /** Returns the index file, the list of images. */
  public Path indexFile() {
    return directory.resolve(LayoutReader.INDEX);
  }

  /** Returns the directory of the blobs, which are named by their digests. */
  public Path blobs() {
    return directory.resolve("blobs").resolve("sha256");
  }

  /** Returns the path of a blob, which need not exist. */
  public Path blob(Digest digest) {
    return blobs().resolve(digest.hex());
  }

  /** Returns the directory of partial downloads. */
  public Path partial() {
    return directory.resolve("partial");
  }

  /** Returns the index; empty when the file does not exist. */
  public ImageIndex index() {
    return reader().index();
  }

  /**
   * Finds an image for the platform of boxes.
   *
   * @param tag its name in the layout; null for the only image
   */
  public SourceImage find(@Nullable String tag) {
    Path path = directory.toAbsolutePath();
    if (!Files.isDirectory(directory)) {
      throw new ImageNotFoundException(
          name
              + (Files.exists(directory)
                  ? ": "
                      + path
                      + " is a file; use oci-archive:FILE for an archive of an OCI image layout, and"
                      + " docker-archive:FILE for the output of docker save"
                  : ": there is no directory " + path));
    }
    if (!Files.exists(indexFile())) {
      throw new ImageNotFoundException(
          name + ": " + path + " has no index.json, so it is not an OCI image layout");
    }
    return reader().find(tag);
  }

  /** Opens the image that an entry of the index refers to, directly or through other indexes. */
  public SourceImage open(Descriptor descriptor) {
    return reader().open(descriptor);
  }

  /** Adds the digests of all documents and layers of an entry of the index, for all platforms. */
  public void addReferences(Descriptor descriptor, Set<Digest> digests) {
    reader().addReferences(descriptor, digests);
  }

  private LayoutReader reader() {
    return new LayoutReader(new Directory(directory), name);
  }

  private record Directory(Path directory) implements LayoutContent {
    @Override
    public InputStream open(String path) throws IOException {
      return Files.newInputStream(directory.resolve(path));
    }

    @Override
    public String describe(String path) {
      return "file " + directory.resolve(path).toAbsolutePath();
    }
  }
}
