package io.boxlite.internal.image.source;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.layer.Digest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A reference from a document to another one or to a layer (OCI image specification 1.1,
 * descriptor.md).
 *
 * @param size the size of the target in bytes
 */
public record Descriptor(
    @Nullable String mediaType,
    @Nullable String digest,
    long size,
    @Nullable Platform platform,
    @Nullable String artifactType,
    @Nullable Map<String, @Nullable String> annotations) {
  /** The annotation for the name of an image in a layout (annotations.md). */
  public static final String REF_NAME = "org.opencontainers.image.ref.name";

  /** The annotation for the digest of the index that an image was selected from. */
  public static final String INDEX_DIGEST = "io.boxlite.index.digest";

  /** The annotation of images that were imported, not pulled. */
  public static final String IMPORTED = "io.boxlite.imported";

  /** The annotation for the full name in containerd and BuildKit. */
  private static final String CONTAINERD_NAME = "io.containerd.image.name";

  /** The media type of a manifest. */
  public static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /** The media type of an index, a list of images for several platforms. */
  public static final String INDEX = "application/vnd.oci.image.index.v1+json";

  /** Docker's media type of a manifest (distribution, manifest-v2-2.md). */
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";

  /** Docker's media type of an index. */
  public static final String DOCKER_INDEX =
      "application/vnd.docker.distribution.manifest.list.v2+json";

  /** The media type of a configuration. */
  public static final String CONFIG = "application/vnd.oci.image.config.v1+json";

  /** Returns a descriptor without annotations. */
  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest.toString(), size, null, null, null);
  }

  /**
   * Returns this descriptor as an entry of an index, with the platform of boxes and annotations.
   */
  public Descriptor inIndex(Map<String, @Nullable String> annotations) {
    return new Descriptor(mediaType, digest, size, Platform.BOX, null, annotations);
  }

  /** Returns the digest, verifying its syntax. */
  public Digest digest(String where) {
    return Digest.parse(digest == null ? "" : digest, where);
  }

  /** Returns the size, verifying that it is not negative. */
  public long size(String where) {
    if (size < 0) {
      throw new ImageIntegrityException(where + " has a size of " + size + " bytes");
    }
    return size;
  }

  /** Returns whether the target is an index. */
  public boolean isIndex() {
    return MediaTypes.isIndex(mediaType);
  }

  /** Returns whether the descriptor declares its target to be something other than an image. */
  boolean isArtifact() {
    return artifactType != null && !artifactType.isEmpty() && !MediaTypes.isConfig(artifactType);
  }

  /**
   * Returns whether the target is the manifest with this digest, or was selected from the index
   * with it.
   */
  public boolean isOf(String wanted) {
    return wanted.equals(digest)
        || annotations != null && wanted.equals(annotations.get(INDEX_DIGEST));
  }

  /** Returns the name of the image in its layout; null when it has none. */
  public @Nullable String refName() {
    return annotations == null ? null : annotations.get(REF_NAME);
  }

  /** Returns whether the image was imported, so that it cannot be pulled again. */
  public boolean wasImported() {
    return annotations != null && annotations.containsKey(IMPORTED);
  }

  boolean isNamed(String name) {
    return annotations != null
        && (name.equals(annotations.get(REF_NAME))
            || name.equals(annotations.get(CONTAINERD_NAME)));
  }
}
