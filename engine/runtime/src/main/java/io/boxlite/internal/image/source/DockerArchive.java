package io.boxlite.internal.image.source;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An archive in the format of {@code docker save} and {@code skopeo copy … docker-archive:}: a
 * {@code manifest.json} lists images with a configuration and layers, which are members of the
 * archive. The archive may be compressed as a whole.
 *
 * @param file the archive
 * @param name the name for messages
 */
public record DockerArchive(Path file, String name) {
  static final String MANIFEST = "manifest.json";

  /** The name of a configuration has its digest: HEX.json, or blobs/sha256/HEX since Docker 25. */
  private static final Pattern DIGEST_IN_NAME =
      Pattern.compile("(?:.*/)?([0-9a-f]{64})(?:\\.json)?");

  /** An image in {@code manifest.json}. */
  private record Entry(
      @JsonProperty("Config") @Nullable String config,
      @JsonProperty("RepoTags") @Nullable List<String> repoTags,
      @JsonProperty("Layers") @Nullable List<String> layers) {
    @SuppressWarnings("UnusedMethod") // Jackson calls it.
    Entry {
      repoTags = Elements.texts(repoTags);
      layers = Elements.texts(layers);
    }

    /**
     * Returns whether this is the image's name. Tools add the host of their default registry, which
     * users omit.
     */
    boolean isNamed(ImageName wanted) {
      return names().stream()
          .anyMatch(name -> name.equals(wanted) || name.withoutHost().equals(wanted));
    }

    List<ImageName> names() {
      return repoTags == null
          ? List.of()
          : repoTags.stream().map(ImageName::find).flatMap(Optional::stream).toList();
    }
  }

  /**
   * Finds an image.
   *
   * @param wanted one of its names; null for the only image in the archive
   */
  public SourceImage find(@Nullable ImageName wanted) {
    try {
      ArchiveMembers members = ArchiveMembers.of(file, name);
      Document manifest = members.document(MANIFEST);
      if (manifest == null) {
        throw new ImageIntegrityException(
            name
                + " has no manifest.json, so it is not a Docker archive"
                + (members.has(LayoutReader.INDEX)
                    ? "; it is an archive of an OCI image layout: use oci-archive:FILE"
                    : ""));
      }
      return image(
          choose(
              Stream.of(manifest.parse(Entry[].class)).filter(Objects::nonNull).toList(), wanted),
          members);
    } catch (IOException e) {
      throw new BoxliteException(name + " cannot be read: " + e, e);
    }
  }

  private Entry choose(List<Entry> images, @Nullable ImageName wanted) {
    List<Entry> fit =
        wanted == null ? images : images.stream().filter(image -> image.isNamed(wanted)).toList();
    if (fit.size() == 1) {
      return fit.get(0);
    }
    List<ImageName> names = images.stream().flatMap(image -> image.names().stream()).toList();
    throw new ImageNotFoundException(
        fit.isEmpty()
            ? name + ": the archive has no such image; it has " + names
            : name + ": the archive has several images; specify one of " + names);
  }

  private SourceImage image(Entry entry, ArchiveMembers members) throws IOException {
    if (entry.config == null || entry.layers == null) {
      throw new ImageIntegrityException("manifest.json of " + name + " lacks Config or Layers");
    }
    Document config = members.document(entry.config);
    if (config == null) {
      throw missing(entry.config);
    }
    Matcher digestInName = DIGEST_IN_NAME.matcher(entry.config);
    if (digestInName.matches() && !config.digest().hex().equals(digestInName.group(1))) {
      throw new ImageIntegrityException(
          config.what()
              + " is damaged: its digest is "
              + config.digest()
              + ", but its name says sha256:"
              + digestInName.group(1));
    }
    ConfigFile configFile = config.parse(ConfigFile.class);
    configFile.checkPlatform(name);
    int count = entry.layers.size();
    List<Digest> diffIds = configFile.diffIds(count, config.what());
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String member = entry.layers.get(i);
      ArchiveMembers.Region region = members.region(member);
      if (region == null) {
        throw missing(member);
      }
      String what = "layer " + (i + 1) + " of " + count + " of " + name + ", " + member + ",";
      layers.add(new Layer(what, region.size(), null, diffIds.get(i), region));
    }
    return new SourceImage(
        name, config.digest(), Optional.empty(), Optional.of(config), layers, true);
  }

  private ImageIntegrityException missing(String member) {
    return new ImageIntegrityException(
        name
            + " is incomplete: its manifest.json names \""
            + member
            + "\", which it does not have");
  }
}
