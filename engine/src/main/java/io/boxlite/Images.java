package io.boxlite;

import io.boxlite.internal.image.ImageStore;
import java.util.List;

/** The images in a home folder; got from {@link Boxlite#images()}. */
public final class Images {
  private final ImageStore store;

  Images(ImageStore store) {
    this.store = store;
  }

  /**
   * Copies an image of a local source into the store. It is then found by the name, offline, by
   * every JVM that uses this home folder; what had the name before loses it.
   *
   * @param source {@code oci:DIR[:TAG]}, {@code docker-archive:FILE.tar} or {@code
   *     rootfs:FILE.tar[.gz|.zst]}
   * @param name the name for {@link BoxOptions.Builder#image}, such as {@code python:slim}
   * @throws ImageNotFoundException when the source leads to no image
   * @throws ImageIntegrityException when the source is damaged or not what its manifest promises
   * @throws IllegalArgumentException when source or name is not of such a form
   */
  public void importImage(String source, String name) {
    store.importImage(Arguments.notBlank("source", source), Arguments.notBlank("name", name));
  }

  /** The names of all images, sorted. */
  public List<String> list() {
    return store.list();
  }
}
