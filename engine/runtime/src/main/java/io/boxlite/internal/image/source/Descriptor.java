package io.boxlite.internal.image.source;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.layer.Digest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Points from one document to another or to a layer (OCI image specification 1.1, descriptor.md).
 *
 * @param size of what it points to, in bytes
 */
public record Descriptor(
    @Nullable String mediaType,
    @Nullable String digest,
    long size,
    @Nullable Platform platform,
    @Nullable String artifactType,
    @Nullable Map<String, @Nullable String> annotations) {
  /** The annotation with an image's name in a layout (annotations.md). */
  public static final String REF_NAME = "org.opencontainers.image.ref.name";

  /** Where the store keeps the digest of the index that an image was chosen from. */
  public static final String INDEX_DIGEST = "io.boxlite.index.digest";

  /** Where the store notes that an image was imported, and from no registry. */
  public static final String IMPORTED = "io.boxlite.imported";

  /** Where containerd and BuildKit keep the full name. */
  private static final String CONTAINERD_NAME = "io.containerd.image.name";

  /** Media type of a manifest. */
  public static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /** Media type of a list of images, one for each platform. */
  public static final String INDEX = "application/vnd.oci.image.index.v1+json";

  /** Docker's media type of a manifest (distribution, manifest-v2-2.md). */
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";

  /** Docker's media type of a list of images. */
  public static final String DOCKER_INDEX =
      "application/vnd.docker.distribution.manifest.list.v2+json";

  /** Media type of a configuration. */
  public static final String CONFIG = "application/vnd.oci.image.config.v1+json";

  /** A descriptor as it is made here. */
  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest.toString(), size, null, null, null);
  }

  /** The same in an index of images for boxes, with annotations. */
  public Descriptor inIndex(Map<String, @Nullable String> annotations) {
    return new Descriptor(mediaType, digest, size, Platform.BOX, null, annotations);
  }

  /** The digest, checked. */
  public Digest digest(String where) {
    return Digest.parse(digest == null ? "" : digest, where);
  }

  /** The size, checked. */
  public long size(String where) {
    if (size < 0) {
      throw new ImageIntegrityException(where + " has a size of " + size + " bytes");
    }
    return size;
  }

  /** Whether it points to a list of images, one for each platform. */
  public boolean isIndex() {
    return MediaTypes.isIndex(mediaType);
  }

  /** Whether it says itself that it points to something else than an image. */
  boolean isArtifact() {
    return artifactType != null && !artifactType.isEmpty() && !MediaTypes.isConfig(artifactType);
  }

  /** Whether it points to the manifest of this digest, or to one of that index. */
  public boolean isOf(String wanted) {
    return wanted.equals(digest)
        || annotations != null && wanted.equals(annotations.get(INDEX_DIGEST));
  }

  /** The image's name in a layout, when it has one. */
  public @Nullable String refName() {
    return annotations == null ? null : annotations.get(REF_NAME);
  }

  /** Whether the store has the image by an import, so that nobody can fetch it again. */
  public boolean wasImported() {
    return annotations != null && annotations.containsKey(IMPORTED);
  }

  boolean isNamed(String name) {
    return annotations != null
        && (name.equals(annotations.get(REF_NAME))
            || name.equals(annotations.get(CONTAINERD_NAME)));
  }
}
