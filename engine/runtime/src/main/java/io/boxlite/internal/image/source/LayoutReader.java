package io.boxlite.internal.image.source;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads an OCI image layout (OCI image specification 1.1, image-layout.md).
 *
 * @param name the name for messages
 */
record LayoutReader(LayoutContent content, String name) {
  static final String INDEX = "index.json";

  /** Returns the index; empty when the file does not exist. */
  ImageIndex index() {
    String what = INDEX + " of " + name;
    try {
      return Document.read(content.open(INDEX), what, -1, null).parse(ImageIndex.class);
    } catch (NoSuchFileException e) {
      return new ImageIndex(2, null, List.of());
    } catch (IOException e) {
      throw new BoxliteException(what + " cannot be read: " + e, e);
    }
  }

  /**
   * Finds an image for the platform of boxes.
   *
   * @param tag its name in the layout; null for the only image
   */
  SourceImage find(@Nullable String tag) {
    List<Descriptor> all = index().entries();
    List<Descriptor> named =
        tag == null ? all : all.stream().filter(image -> image.isNamed(tag)).toList();
    if (named.isEmpty()) {
      throw new ImageNotFoundException(
          all.isEmpty()
              ? name + ": the layout has no images"
              : name + ": the layout has no image of that name; it has " + names(all));
    }
    List<Descriptor> images = named.stream().filter(entry -> !isOtherThanImage(entry)).toList();
    List<Descriptor> fit = ImageIndex.forBoxes(images.isEmpty() ? named : images);
    if (fit.isEmpty()) {
      throw new ImageNotFoundException(name + ": " + ImageIndex.otherPlatforms(named));
    }
    if (tag == null && fit.stream().map(Descriptor::refName).distinct().count() > 1) {
      throw new ImageNotFoundException(
          name + ": the layout has several images; specify one of " + names(fit));
    }
    return open(fit.get(0));
  }

  /**
   * Returns whether an entry is a chart, a signature or the like, which does not count as an image.
   */
  private boolean isOtherThanImage(Descriptor entry) {
    if (entry.isArtifact()) {
      return true;
    }
    try {
      Document document = document(entry, "manifest");
      return !isIndex(entry, document) && document.parse(Manifest.class).otherThanImage() != null;
    } catch (BoxliteException e) {
      return false; // An error in it is reported when it is selected.
    }
  }

  /** Opens the image that an entry of the index refers to, directly or through other indexes. */
  SourceImage open(Descriptor descriptor) {
    Document document = document(descriptor, kind(descriptor));
    Descriptor image = descriptor;
    for (int level = 0; isIndex(image, document); level++) {
      if (level == OciLayout.MAX_NESTING) {
        throw new ImageIntegrityException(
            name + " has more than " + OciLayout.MAX_NESTING + " nested indexes");
      }
      image = document.parse(ImageIndex.class).forBoxes(name);
      document = document(image, kind(image));
    }
    return image(document);
  }

  private static String kind(Descriptor descriptor) {
    return descriptor.isIndex() ? "index" : "manifest";
  }

  /** Returns whether the document is an index. Descriptors of some tools lack the type. */
  private static boolean isIndex(Descriptor descriptor, Document document) {
    if (descriptor.mediaType() != null && !descriptor.mediaType().isEmpty()) {
      return descriptor.isIndex();
    }
    return document.parse(ImageIndex.class).manifests() != null
        && document.parse(Manifest.class).config() == null;
  }

  /** Adds the digests of all documents and layers of an entry of the index, for all platforms. */
  void addReferences(Descriptor descriptor, Set<Digest> digests) {
    addReferences(descriptor, digests, 0);
  }

  private void addReferences(Descriptor descriptor, Set<Digest> digests, int level) {
    digests.add(descriptor.digest("a descriptor of " + name));
    if (descriptor.isIndex() && level < OciLayout.MAX_NESTING) {
      for (Descriptor image : document(descriptor, "index").parse(ImageIndex.class).entries()) {
        addReferences(image, digests, level + 1);
      }
    } else if (!descriptor.isIndex()) {
      Manifest manifest = document(descriptor, "manifest").parse(Manifest.class);
      Stream.concat(
              Stream.ofNullable(manifest.config()),
              Objects.requireNonNullElse(manifest.layers(), List.<Descriptor>of()).stream())
          .forEach(blob -> digests.add(blob.digest("a descriptor of " + name)));
    }
  }

  private SourceImage image(Document document) {
    Manifest manifest = document.parse(Manifest.class);
    manifest.checkImage(name);
    Descriptor configDescriptor = manifest.config();
    List<Descriptor> layerDescriptors = manifest.layers();
    if (configDescriptor == null || layerDescriptors == null) {
      throw new ImageIntegrityException(
          document.what()
              + " has no config or no layers, so it is not an image manifest of schema 2");
    }
    Document config = document(configDescriptor, "configuration");
    ConfigFile configFile = config.parse(ConfigFile.class);
    configFile.checkPlatform(name);
    List<Digest> diffIds = configFile.diffIds(layerDescriptors.size(), config.what());
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      String layer = "layer " + (i + 1) + " of " + diffIds.size() + " of " + name;
      Descriptor descriptor = layerDescriptors.get(i);
      Digest digest = descriptor.digest(layer);
      String what = layer + ", blob " + digest + ",";
      layers.add(
          new Layer(
              what,
              descriptor.size(layer),
              digest,
              diffIds.get(i),
              () -> {
                try {
                  return content.open(path(digest));
                } catch (NoSuchFileException e) {
                  throw missing(what, digest);
                }
              }));
    }
    return new SourceImage(
        name, document.digest(), Optional.of(document), Optional.of(config), layers, true);
  }

  private Document document(Descriptor descriptor, String kind) {
    Digest digest = descriptor.digest("a descriptor of " + name);
    String what = kind + " " + digest + " of " + name;
    try {
      return Document.read(content.open(path(digest)), what, descriptor.size(what), digest);
    } catch (NoSuchFileException e) {
      throw missing(what, digest);
    } catch (IOException e) {
      throw new BoxliteException(what + " cannot be read: " + e, e);
    }
  }

  private static String path(Digest digest) {
    return "blobs/sha256/" + digest.hex();
  }

  private ImageIntegrityException missing(String what, Digest digest) {
    return new ImageIntegrityException(
        what + " is missing: there is no " + content.describe(path(digest)));
  }

  private static String names(List<Descriptor> images) {
    String names =
        images.stream()
            .map(Descriptor::refName)
            .filter(Objects::nonNull)
            .distinct()
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "no names" : names;
  }
}
