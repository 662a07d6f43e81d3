package io.boxlite;

import io.boxlite.internal.image.ImageStore;
import java.util.List;

/**
 * The images in a home directory; got from {@link Boxlite#images()}. Every JVM that uses the home
 * directory has the same ones.
 *
 * <p>A <i>reference</i> is a name, such as {@code python:slim} or {@code
 * localhost:5000/team/judge@sha256:…}, or a local source: {@code oci:DIR[:TAG]}, {@code
 * oci-archive:FILE[:TAG]}, {@code docker-archive:FILE[:NAME]} or {@code rootfs:FILE.tar[.gz|.zst]}.
 *
 * <p>All methods may be called by any thread.
 */
public final class Images {
  private final ImageStore store;

  Images(ImageStore store) {
    this.store = store;
  }

  /**
   * Fetches an image from its registry: {@link #pull(String, PullPolicy, PullListener)} with {@link
   * PullPolicy#ALWAYS}, telling nobody.
   */
  public ImageInfo pull(String reference) {
    return pull(reference, PullPolicy.ALWAYS, PullListener.NONE);
  }

  /**
   * Fetches an image from its registry into the store, where the policy says so. What the store has
   * already is not fetched again; what several ask for at the same time, in this JVM or in others,
   * is fetched once. What was fetched of an image before a failure is kept for the next time.
   *
   * <p>An image of a local source is at hand: it is looked at, whatever the policy, and not copied.
   *
   * @param reference the image
   * @param policy whether to ask the registry
   * @param listener is told how it goes on
   * @return the image
   * @throws ImageNotFoundException when there is no such image, or the policy is {@link
   *     PullPolicy#NEVER} and the store does not have it
   * @throws ImagePullException when the registry cannot be reached, refuses, or fails
   * @throws ImageIntegrityException when what the registry sends is not what it should be
   * @throws IllegalArgumentException when the reference is malformed
   * @throws BoxliteException when the store cannot be written
   */
  public ImageInfo pull(String reference, PullPolicy policy, PullListener listener) {
    return store.pull(Arguments.notBlank("reference", reference), policy, listener);
  }

  /** The names of all images in the store, in full and sorted. */
  public List<String> list() {
    return store.list();
  }

  /**
   * Looks at an image of the store or of a local source; no registry is asked.
   *
   * @throws ImageNotFoundException when there is no such image
   * @throws ImageIntegrityException when the image is damaged
   * @throws IllegalArgumentException when the reference is malformed
   */
  public ImageInfo inspect(String reference) {
    return store.inspect(Arguments.notBlank("reference", reference));
  }

  /**
   * Copies an image of a local source into the store. It is then found by the name, without the
   * source and offline, until it is removed or another image gets the name. An image that had the
   * name before loses it.
   *
   * @param source {@code oci:DIR[:TAG]}, {@code oci-archive:FILE[:TAG]}, {@code
   *     docker-archive:FILE[:NAME]} or {@code rootfs:FILE.tar[.gz|.zst]}
   * @param name the name for {@link BoxOptions.Builder#image}, such as {@code python:slim}
   * @throws ImageNotFoundException when the source leads to no image
   * @throws ImageIntegrityException when the source is damaged or not what its manifest promises
   * @throws IllegalArgumentException when source or name is not of such a form
   */
  public void importImage(String source, String name) {
    store.importImage(Arguments.notBlank("source", source), Arguments.notBlank("name", name));
  }

  /**
   * Takes an image out of the store, and from the disk what no other image has. Boxes that run go
   * on running.
   *
   * @param name its name
   * @throws ImageNotFoundException when the store has no image of that name
   * @throws IllegalArgumentException when it is no name
   */
  public void remove(String name) {
    store.remove(Arguments.notBlank("name", name));
  }

  /**
   * Deletes what was not used for longest, until the images of the store and the root images made
   * of images take no more than a number of bytes together. Nothing that is in use is deleted:
   * neither the root image of a box, nor any image of the store while one is pulled or converted.
   * Imported images stay, however large they are, since they cannot be fetched again; {@link
   * #remove} deletes them.
   *
   * @param maxBytes how much may be left, 0 or more
   * @return how many bytes were given back
   */
  public long prune(long maxBytes) {
    return store.prune(Arguments.inRange("maxBytes", maxBytes, 0, Long.MAX_VALUE));
  }
}
