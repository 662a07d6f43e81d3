package io.boxlite.internal.image.store;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.layer.Compression;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import io.boxlite.internal.image.layer.LayerStream;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.layer.VerifyingStream;
import io.boxlite.internal.image.source.ConfigFile;
import io.boxlite.internal.image.source.Descriptor;
import io.boxlite.internal.image.source.Document;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.source.Manifest;
import io.boxlite.internal.image.source.SourceImage;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Copies an image into the layout, creating the documents that its source lacks. */
record ImageImport(LayoutWriter writer, Limits limits) {

  void add(SourceImage image, ImageName name) throws IOException {
    List<Descriptor> layers = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    for (Layer layer : image.layers()) {
      layers.add(copy(layer, image.manifest().isEmpty(), diffIds));
    }
    Document config =
        image.config().orElseGet(() -> Document.of("configuration", ConfigFile.of(diffIds)));
    Descriptor configDescriptor = writer.publish(config, Descriptor.CONFIG);
    Document manifest =
        image
            .manifest()
            .orElseGet(
                () ->
                    Document.of(
                        "manifest",
                        new Manifest(2, Descriptor.MANIFEST, null, configDescriptor, layers)));
    Descriptor descriptor = writer.publish(manifest, mediaType(manifest));
    writer.add(
        descriptor.inIndex(
            Map.of(Descriptor.REF_NAME, name.toString(), Descriptor.IMPORTED, "true")));
  }

  private static String mediaType(Document manifest) {
    return Objects.requireNonNullElse(
        manifest.parse(Manifest.class).mediaType(), Descriptor.MANIFEST);
  }

  private Descriptor copy(Layer layer, boolean describe, List<Digest> diffIds) throws IOException {
    Digest digest;
    long size;
    Compression compression;
    try (VerifyingStream stored = layer.open()) {
      PushbackInputStream in = new PushbackInputStream(stored, 6);
      byte[] start = in.readNBytes(6);
      compression = Compression.ofStart(start);
      in.unread(start);
      writer.write(in);
      digest = stored.drain().digest();
      size = stored.size();
    } catch (ImageIntegrityException e) {
      throw layer.named(e);
    }
    if (describe) {
      // Without a manifest, nothing else verifies the layer or specifies its digest.
      diffIds.add(
          LayerStream.diffId(
              new Layer(
                  layer.name(),
                  size,
                  digest,
                  layer.diffId(),
                  () -> Files.newInputStream(writer.unfinished())),
              limits));
    }
    writer.publish(digest);
    return Descriptor.of(compression.mediaType(), digest, size);
  }
}
