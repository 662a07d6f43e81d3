package io.boxlite.internal.image.registry;

import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.source.Descriptor;
import io.boxlite.internal.image.source.Document;
import io.boxlite.internal.image.source.ImageIndex;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.source.OciLayout;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Resolves a tag or a digest to the manifest for the platform of boxes, through indexes. */
final class ManifestPuller {
  private static final List<String> MANIFESTS =
      List.of(Descriptor.MANIFEST, Descriptor.DOCKER_MANIFEST);
  private static final List<String> INDEXES = List.of(Descriptor.INDEX, Descriptor.DOCKER_INDEX);
  private static final Map<String, String> ACCEPT =
      Map.of(
          "Accept",
          String.join(
              ", ",
              Descriptor.MANIFEST,
              Descriptor.INDEX,
              Descriptor.DOCKER_MANIFEST,
              Descriptor.DOCKER_INDEX));

  /** The manifest, and the digest that the name itself refers to. */
  record Found(Document manifest, Descriptor descriptor, Digest named) {}

  /** The fields that distinguish indexes and manifests. */
  private record Shape(
      int schemaVersion,
      @Nullable String mediaType,
      @Nullable Object config,
      @Nullable List<Object> layers,
      @Nullable List<Object> manifests) {}

  private record Answer(Document document, @Nullable String contentType) {}

  private final Session session;
  private final Retry attempts;
  private final ImageName name;

  ManifestPuller(Session session, Retry attempts, ImageName name) {
    this.session = session;
    this.attempts = attempts;
    this.name = name;
  }

  Found pull() throws InterruptedException {
    Optional<Digest> wanted = name.digest().map(text -> Digest.parse(text, "image " + name));
    String reference = wanted.map(Digest::toString).orElseGet(() -> name.tag().orElse("latest"));
    Answer answer = fetch("image " + name, reference, -1, wanted.orElse(null));
    Digest named = answer.document.digest();
    String mediaType = mediaType(answer, null);
    for (int level = 0; INDEXES.contains(mediaType); level++) {
      if (level == OciLayout.MAX_NESTING) {
        throw new ImageIntegrityException(
            "image " + name + " has more than " + OciLayout.MAX_NESTING + " nested indexes");
      }
      Document index = answer.document;
      Descriptor image = index.parse(ImageIndex.class).forBoxes("image " + name);
      Digest digest = image.digest(index.what());
      answer =
          fetch(
              "manifest " + digest + " of image " + name,
              digest.toString(),
              image.size(index.what()),
              digest);
      mediaType = mediaType(answer, image.mediaType());
    }
    Document manifest = answer.document;
    Descriptor descriptor = Descriptor.of(mediaType, manifest.digest(), manifest.bytes().length);
    return new Found(manifest, descriptor, named);
  }

  private Answer fetch(String what, String reference, long size, @Nullable Digest digest)
      throws InterruptedException {
    return attempts.make(
        what,
        () -> {
          try (Response reply = session.get(session.endpoint().manifest(reference), ACCEPT)) {
            if (reply.status() == 404) {
              throw notFound(what, reply);
            }
            if (reply.status() != 200) {
              throw reply.failure(what);
            }
            // A manifest that is too large is rejected before it is read.
            long expected = size >= 0 ? size : reply.contentLength();
            Document document = Document.read(reply.body(), what, expected, digest);
            String said = reply.header("Docker-Content-Digest");
            if (digest == null && said != null && !said.equals(document.digest().toString())) {
              throw new ImageIntegrityException(
                  what
                      + " is damaged: its digest is "
                      + document.digest()
                      + ", but the registry says it is "
                      + said);
            }
            return new Answer(document, reply.header("Content-Type"));
          }
        });
  }

  private ImageNotFoundException notFound(String what, Response reply) throws InterruptedException {
    String text = reply.errorText();
    return new ImageNotFoundException(
        what
            + " does not exist in registry "
            + session.endpoint()
            + (text.isEmpty() ? "" : " (" + text + ")")
            + "; check its name and tag"
            + session
                .lookup()
                .problem()
                .map(problem -> ", and the configuration of credentials: " + problem)
                .orElse(""));
  }

  /**
   * Returns the type of the document, after verifying that it cannot be interpreted as another type
   * (CVE-2021-41190).
   */
  private static String mediaType(Answer answer, @Nullable String pointer) {
    Document document = answer.document;
    Shape shape = document.parse(Shape.class);
    boolean index = shape.manifests != null;
    boolean manifest = shape.config != null || shape.layers != null;
    if (index == manifest) {
      throw new ImageIntegrityException(
          document.what()
              + (index
                  ? " is both an index and a manifest, which is not allowed"
                  : shape.schemaVersion == 1
                      ? " is a manifest of schema 1, which is obsolete; build or push the image"
                          + " again"
                      : " is not a container image: it is neither a manifest nor an" + " index"));
    }
    List<String> allowed = index ? INDEXES : MANIFESTS;
    String kind = allowed.get(0);
    for (String said : new String[] {known(answer.contentType), pointer, shape.mediaType}) {
      if (said != null && !allowed.contains(said)) {
        throw new ImageIntegrityException(
            document.what()
                + " is declared as "
                + said
                + ", but it is "
                + (index ? "an index" : "a manifest"));
      }
      kind = Objects.requireNonNullElse(said, kind);
    }
    return kind;
  }

  /** Returns the declared type; null if it only means JSON, as from plain file servers. */
  private static @Nullable String known(@Nullable String contentType) {
    if (contentType == null) {
      return null;
    }
    String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return type.startsWith("application/vnd.") ? type : null;
  }
}
