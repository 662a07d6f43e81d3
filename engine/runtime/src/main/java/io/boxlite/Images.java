package io.boxlite;

import java.util.List;

/**
 * The images in a home directory; obtained from {@link Boxlite#images()}. All JVMs that use the
 * home directory share them.
 *
 * <p>A <i>reference</i> is a name, such as {@code python:slim} or {@code
 * localhost:5000/team/judge@sha256:…}, or a local source: {@code oci:DIR[:TAG]}, {@code
 * oci-archive:FILE[:TAG]}, {@code docker-archive:FILE[:NAME]} or {@code rootfs:FILE.tar[.gz|.zst]}.
 *
 * <p>All methods are safe to call from any thread.
 */
public interface Images {
  /**
   * Pulls an image from its registry without reporting progress: {@link #pull(String, PullPolicy,
   * PullListener)} with {@link PullPolicy#ALWAYS}.
   */
  default ImageInfo pull(String reference) {
    return pull(reference, PullPolicy.ALWAYS, PullListener.NONE);
  }

  /**
   * Pulls an image from its registry into the store, if the policy says so. Content that the store
   * already has is not fetched again, and content that several callers need at the same time, in
   * this JVM or in others, is fetched once. Content that was fetched before a failure is kept for
   * the next attempt.
   *
   * <p>An image of a local source is inspected, whatever the policy, and not copied.
   *
   * @param reference the image
   * @param policy whether to ask the registry
   * @param listener receives the progress
   * @return the image
   * @throws ImageNotFoundException if there is no such image, or the policy is {@link
   *     PullPolicy#NEVER} and the store does not have it
   * @throws ImagePullException if the registry cannot be reached, refuses, or fails
   * @throws ImageIntegrityException if the content that the registry sends is not valid
   * @throws IllegalArgumentException if the reference is malformed
   * @throws BoxliteException if the store cannot be written
   */
  ImageInfo pull(String reference, PullPolicy policy, PullListener listener);

  /** Returns the full names of all images in the store, sorted. */
  List<String> list();

  /**
   * Returns an image of the store or of a local source; no registry is asked.
   *
   * @throws ImageNotFoundException if there is no such image
   * @throws ImageIntegrityException if the image is damaged
   * @throws IllegalArgumentException if the reference is malformed
   */
  ImageInfo inspect(String reference);

  /**
   * Copies an image of a local source into the store. It is then available by the name, without the
   * source and offline, until it is removed or another image gets the name. An image that had the
   * name before loses it.
   *
   * @param source {@code oci:DIR[:TAG]}, {@code oci-archive:FILE[:TAG]}, {@code
   *     docker-archive:FILE[:NAME]} or {@code rootfs:FILE.tar[.gz|.zst]}
   * @param name the name for {@link BoxOptions.Builder#image}, such as {@code python:slim}
   * @throws ImageNotFoundException if the source has no such image
   * @throws ImageIntegrityException if the source is damaged or does not match its manifest
   * @throws IllegalArgumentException if the source or the name is malformed
   */
  void importImage(String source, String name);

  /**
   * Removes an image from the store, and deletes what no other image shares with it. Running boxes
   * are not affected.
   *
   * @param name its name
   * @throws ImageNotFoundException if the store has no image of that name
   * @throws IllegalArgumentException if the name is malformed
   */
  void remove(String name);

  /**
   * Deletes the least recently used images, until the images of the store and the root images built
   * from images take no more than a number of bytes together. Nothing that is in use is deleted:
   * neither the root image of a box, nor any image of the store while one is being pulled or
   * converted. Imported images are kept, whatever their size, since they cannot be pulled again;
   * {@link #remove} deletes them.
   *
   * @param maxBytes how many bytes may remain, 0 or more
   * @return how many bytes were freed
   */
  long prune(long maxBytes);
}
