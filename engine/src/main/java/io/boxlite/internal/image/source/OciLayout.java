package io.boxlite.internal.image.source;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory that holds images as files (OCI image specification 1.1, image-layout.md).
 *
 * @param directory the folder with {@code index.json} and {@code blobs}
 * @param name what to call it in messages
 */
public record OciLayout(Path directory, String name) {
  /** Real ones have one level of nesting, BuildKit's two. */
  public static final int MAX_NESTING = 4;

  /** The file with the list of images. */
  public Path indexFile() {
    return directory.resolve("index.json");
  }

  /** The folder of the blobs, which are named by their digests. */
  public Path blobs() {
    return directory.resolve("blobs").resolve("sha256");
  }

  /** Where a blob is, or would be. */
  public Path blob(Digest digest) {
    return blobs().resolve(digest.hex());
  }

  /** The folder for what is there of blobs that are being fetched. */
  public Path partial() {
    return directory.resolve("partial");
  }

  /** The list of images; empty when there is no such file. */
  public ImageIndex index() {
    String what = "index.json of " + name;
    try {
      return Document.read(Files.newInputStream(indexFile()), what, -1, null)
          .parse(ImageIndex.class);
    } catch (NoSuchFileException e) {
      return new ImageIndex(2, null, List.of());
    } catch (IOException e) {
      throw new BoxliteException(what + " cannot be read: " + e, e);
    }
  }

  /**
   * Finds an image for the platform of boxes.
   *
   * @param tag its name in the layout; null for the only one there is
   */
  public SourceImage find(@Nullable String tag) {
    if (!Files.isDirectory(directory)) {
      throw new ImageNotFoundException(
          name + ": there is no directory " + directory.toAbsolutePath());
    }
    if (!Files.exists(indexFile())) {
      throw new ImageNotFoundException(
          name
              + ": "
              + directory.toAbsolutePath()
              + " has no index.json, so it is no OCI image layout");
    }
    List<Descriptor> all = index().entries();
    List<Descriptor> named =
        tag == null ? all : all.stream().filter(image -> image.isNamed(tag)).toList();
    List<Descriptor> fit = ImageIndex.forBoxes(named);
    if (named.isEmpty()) {
      throw new ImageNotFoundException(
          all.isEmpty()
              ? name + ": the layout has no images"
              : name + ": the layout has no image of that name; it has " + names(all));
    }
    if (fit.isEmpty()) {
      throw new ImageNotFoundException(name + ": " + ImageIndex.otherPlatforms(named));
    }
    if (tag == null && fit.stream().map(Descriptor::refName).distinct().count() > 1) {
      throw new ImageNotFoundException(
          name + ": the layout has several images, name one of " + names(fit));
    }
    return open(fit.get(0));
  }

  /** Opens the image that an entry of the index points to, directly or through other indexes. */
  public SourceImage open(Descriptor descriptor) {
    Descriptor image = descriptor;
    for (int level = 0; image.isIndex(); level++) {
      if (level == MAX_NESTING) {
        throw new ImageIntegrityException(
            name + " has more than " + MAX_NESTING + " indexes, one in the other");
      }
      image = document(image, "index").parse(ImageIndex.class).forBoxes(name);
    }
    return image(document(image, "manifest"));
  }

  /** Adds the digests of all that an entry of the index consists of, whatever its platforms. */
  public void reach(Descriptor descriptor, Set<Digest> digests) {
    reach(descriptor, digests, 0);
  }

  private void reach(Descriptor descriptor, Set<Digest> digests, int level) {
    digests.add(descriptor.digest("a descriptor of " + name));
    if (descriptor.isIndex() && level < MAX_NESTING) {
      for (Descriptor image : document(descriptor, "index").parse(ImageIndex.class).entries()) {
        reach(image, digests, level + 1);
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
    Descriptor configDescriptor = manifest.config();
    List<Descriptor> layerDescriptors = manifest.layers();
    if (configDescriptor == null || layerDescriptors == null) {
      throw new ImageIntegrityException(
          document.what() + " has no config or no layers; it is no image manifest of schema 2");
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
                  return Files.newInputStream(blob(digest));
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
      return Document.read(Files.newInputStream(blob(digest)), what, descriptor.size(what), digest);
    } catch (NoSuchFileException e) {
      throw missing(what, digest);
    } catch (IOException e) {
      throw new BoxliteException(what + " cannot be read: " + e, e);
    }
  }

  private ImageIntegrityException missing(String what, Digest digest) {
    return new ImageIntegrityException(
        what + " is missing: there is no file " + blob(digest).toAbsolutePath());
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
