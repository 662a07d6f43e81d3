package io.boxlite.internal.image.source;

import io.boxlite.ImageNotFoundException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A list of images (OCI image specification 1.1, image-index.md). */
public record ImageIndex(
    int schemaVersion, @Nullable String mediaType, @Nullable List<Descriptor> manifests) {
  /** Takes a copy, and no list with nulls in it. */
  public ImageIndex {
    manifests = manifests == null ? null : List.copyOf(manifests);
  }

  /** The images, which a file may leave out. */
  public List<Descriptor> entries() {
    return manifests == null ? List.of() : manifests;
  }

  /**
   * Chooses the image for the platform of boxes; one that does not say is looked at when it is
   * opened.
   *
   * @param what whose index it is, for the message
   */
  public Descriptor forBoxes(String what) {
    List<Descriptor> fit = forBoxes(entries());
    if (fit.isEmpty()) {
      throw new ImageNotFoundException(what + ": " + otherPlatforms(entries()));
    }
    return fit.get(0);
  }

  static List<Descriptor> forBoxes(List<Descriptor> images) {
    List<Descriptor> exact =
        images.stream().filter(image -> Platform.BOX.equals(image.platform())).toList();
    return exact.isEmpty()
        ? images.stream().filter(image -> image.platform() == null).toList()
        : exact;
  }

  static String otherPlatforms(List<Descriptor> images) {
    return "there is no image for "
        + Platform.BOX
        + "; there are "
        + images.stream().map(i -> "" + i.platform()).distinct().collect(Collectors.joining(", "));
  }
}
