package io.boxlite.internal.image.source;

import io.boxlite.ImageNotFoundException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The manifest of an image for one platform (OCI image specification 1.1, manifest.md). */
public record Manifest(
    int schemaVersion,
    @Nullable String mediaType,
    @Nullable String artifactType,
    @Nullable Descriptor config,
    @Nullable List<Descriptor> layers) {

  /** Copies the list, omitting nulls. */
  public Manifest {
    layers = Elements.objects(layers);
  }

  /** Rejects artifacts other than images, such as charts, signatures and models. */
  public void checkImage(String what) {
    String why = otherThanImage();
    if (why != null) {
      throw new ImageNotFoundException(what + " is not a container image: " + why);
    }
  }

  /** Returns why it is not a container image; null when it is one. */
  @Nullable String otherThanImage() {
    String configType = config == null ? null : config.mediaType();
    if (!MediaTypes.isConfig(configType)) {
      return "its configuration is of type "
          + configType
          + (artifactType == null || artifactType.isEmpty()
              ? ""
              : ", its artifact type is " + artifactType);
    }
    for (Descriptor layer : layers == null ? List.<Descriptor>of() : layers) {
      if (!MediaTypes.isLayer(layer.mediaType())) {
        return "it has a layer of type " + layer.mediaType();
      }
    }
    return null;
  }
}
