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
 * A directory that holds images as files (OCI image specification 1.1, image-layout.md).
 *
 * @param directory the directory with {@code index.json} and {@code blobs}
 * @param name what to call it in messages
 */
public record OciLayout(Path directory, String name) {
  /** Real ones have one level of nesting, BuildKit's two. */
  public static final int MAX_NESTING = 4;

  /** The file with the list of images. */
  public Path indexFile() {
    return directory.resolve(LayoutReader.INDEX);
  }

  /** The directory of the blobs, which are named by their digests. */
  public Path blobs() {
    return directory.resolve("blobs").resolve("sha256");
  }

  /** Where a blob is, or would be. */
  public Path blob(Digest digest) {
    return blobs().resolve(digest.hex());
  }

  /** The directory for what is there of blobs that are being fetched. */
  public Path partial() {
    return directory.resolve("partial");
  }

  /** The list of images; empty when there is no such file. */
  public ImageIndex index() {
    return reader().index();
  }

  /**
   * Finds an image for the platform of boxes.
   *
   * @param tag its name in the layout; null for the only one there is
   */
  public SourceImage find(@Nullable String tag) {
    Path path = directory.toAbsolutePath();
    if (!Files.isDirectory(directory)) {
      throw new ImageNotFoundException(
          name
              + (Files.exists(directory)
                  ? ": "
                      + path
                      + " is a file; an OCI image layout in an archive is oci-archive:FILE, and"
                      + " what docker save writes is docker-archive:FILE"
                  : ": there is no directory " + path));
    }
    if (!Files.exists(indexFile())) {
      throw new ImageNotFoundException(
          name + ": " + path + " has no index.json, so it is no OCI image layout");
    }
    return reader().find(tag);
  }

  /** Opens the image that an entry of the index points to, directly or through other indexes. */
  public SourceImage open(Descriptor descriptor) {
    return reader().open(descriptor);
  }

  /** Adds the digests of all that an entry of the index consists of, whatever its platforms. */
  public void reach(Descriptor descriptor, Set<Digest> digests) {
    reader().reach(descriptor, digests);
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
