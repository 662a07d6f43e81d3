package io.boxlite.internal.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Builds an OCI image layout blob by blob, so that each of them can be made wrong. */
public final class TestLayout {
  private final Path directory;
  private final List<String> layers = new ArrayList<>();
  private final List<String> diffIds = new ArrayList<>();
  private String execution = "{}";

  /** Starts a layout in a directory, which is made. */
  public TestLayout(Path directory) {
    this.directory = directory;
    try {
      Files.createDirectories(directory.resolve("blobs/sha256"));
      Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a layout with two layers, of which the upper one replaces a file and hides one. */
  static TestLayout ofTwoLayers(Path directory) {
    return new TestLayout(directory)
        .layer(new TarBuilder().file("etc/a", "lower").file("b", "b").build())
        .layer(new TarBuilder().file("etc/a", "upper").file(".wh.b", "").build());
  }

  /** Adds a layer, compressed with gzip. */
  public TestLayout layer(byte[] archive) {
    return layer(gzip(archive), Digest.of(archive));
  }

  /** Adds a layer as it is stored. */
  public TestLayout layer(byte[] stored, Digest diffId) {
    layers.add(blob("application/vnd.oci.image.layer.v1.tar+gzip", stored));
    diffIds.add("\"" + diffId + "\"");
    return this;
  }

  /** Sets the configuration's {@code config} object. */
  public TestLayout execution(String json) {
    execution = json;
    return this;
  }

  /** Writes a manifest and a configuration, and returns the manifest's descriptor. */
  public String manifest() {
    String config =
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":"
            + execution
            + ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
            + String.join(",", diffIds)
            + "]}}";
    return manifest(config);
  }

  /** Writes a manifest with a given configuration, and returns the manifest's descriptor. */
  public String manifest(String config) {
    return blob(
        "application/vnd.oci.image.manifest.v1+json",
        "{\"schemaVersion\":2,\"config\":"
            + blob("application/vnd.oci.image.config.v1+json", config)
            + ",\"layers\":["
            + String.join(",", layers)
            + "]}");
  }

  /** Writes {@code index.json} with descriptors. */
  public TestLayout index(String... descriptors) {
    write(directory.resolve("index.json"), indexJson(descriptors).getBytes(UTF_8));
    return this;
  }

  /** An index as JSON. */
  public static String indexJson(String... descriptors) {
    return "{\"schemaVersion\":2,\"manifests\":[" + String.join(",", descriptors) + "]}";
  }

  /** Adds fields to a descriptor. */
  public static String with(String descriptor, String fields) {
    return descriptor.substring(0, descriptor.length() - 1) + "," + fields + "}";
  }

  /** Writes a blob and returns its descriptor. */
  public String blob(String mediaType, String content) {
    return blob(mediaType, content.getBytes(UTF_8));
  }

  /** Writes a blob and returns its descriptor. */
  public String blob(String mediaType, byte[] content) {
    Digest digest = Digest.of(content);
    write(directory.resolve("blobs/sha256").resolve(digest.hex()), content);
    return "{\"mediaType\":\""
        + mediaType
        + "\",\"digest\":\""
        + digest
        + "\",\"size\":"
        + content.length
        + "}";
  }

  /** The file of a layer's blob. */
  public Path layerFile(int index) {
    return blobFile(new Digest(layers.get(index).replaceAll(".*sha256:([0-9a-f]+).*", "$1")));
  }

  /** The file of a blob. */
  public Path blobFile(Digest digest) {
    return directory.resolve("blobs/sha256").resolve(digest.hex());
  }

  /** Compresses bytes. */
  public static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
