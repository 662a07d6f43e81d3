package io.boxlite.internal.image.source;

import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.host.CpuLevel;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A list of images (OCI image specification 1.1, image-index.md). */
public record ImageIndex(
    int schemaVersion, @Nullable String mediaType, @Nullable List<Descriptor> manifests) {
  /** Copies the list, omitting nulls. */
  public ImageIndex {
    manifests = Elements.objects(manifests);
  }

  /** Returns the images; none if the list is missing. */
  public List<Descriptor> entries() {
    return manifests == null ? List.of() : manifests;
  }

  /**
   * Selects the image for the platform of boxes. The platform of an entry without one is verified
   * when the image is opened.
   *
   * @param what the owner of the index, for the message
   */
  public Descriptor forBoxes(String what) {
    List<Descriptor> fit = forBoxes(entries());
    if (fit.isEmpty()) {
      throw new ImageNotFoundException(what + ": " + otherPlatforms(entries()));
    }
    return fit.get(0);
  }

  static List<Descriptor> forBoxes(List<Descriptor> images) {
    return forBoxes(images, CpuLevel.OF_ALL_BOXES, CpuLevel.OF_SOME_BOXES);
  }

  /**
   * Returns the images that boxes can run, the best first.
   *
   * @param ofAll the x86-64 psABI level that every box has
   * @param ofSome the highest level that a box may have; images that require more than {@code
   *     ofAll} come last
   */
  static List<Descriptor> forBoxes(List<Descriptor> images, int ofAll, int ofSome) {
    List<Descriptor> exact =
        images.stream()
            .filter(image -> isForBoxes(image, ofSome))
            .sorted(
                Comparator.comparingInt(
                    image -> {
                      int level = Objects.requireNonNull(image.platform()).level();
                      return level <= ofAll ? -level : level;
                    }))
            .toList();
    return exact.isEmpty() ? images.stream().filter(ImageIndex::saysNothing).toList() : exact;
  }

  private static boolean isForBoxes(Descriptor image, int level) {
    Platform platform = image.platform();
    return !saysNothing(image)
        && !image.isArtifact()
        && platform != null
        && platform.isForBoxes()
        && platform.level() <= level;
  }

  private static boolean saysNothing(Descriptor image) {
    Platform platform = image.platform();
    return (platform == null || platform.isUnknown()) && !image.isArtifact();
  }

  static String otherPlatforms(List<Descriptor> images) {
    return "there is no image for "
        + Platform.BOX
        + (images.stream().anyMatch(ImageIndex::needsMore) ? " that this CPU can run" : "")
        + "; there are "
        + images.stream().map(ImageIndex::kind).distinct().collect(Collectors.joining(", "));
  }

  private static boolean needsMore(Descriptor image) {
    Platform platform = image.platform();
    return platform != null && platform.isForBoxes() && !platform.isUnknown();
  }

  private static String kind(Descriptor image) {
    return image.isArtifact() ? "" + image.artifactType() : "" + image.platform();
  }
}
