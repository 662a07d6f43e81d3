package io.boxlite;

import java.util.List;

/**
 * The named volumes in a home directory: directories for the files of boxes, which outlive the
 * boxes; obtained from {@link Boxlite#volumes()}. A box that names a volume in {@link
 * BoxOptions.Builder#volume(String, String)} creates it if it is missing.
 *
 * <p>All methods are safe to call from any thread. Names have 1 to 64 letters, digits, {@code _},
 * {@code .} and {@code -}, the first a letter or digit; every other name is an {@link
 * IllegalArgumentException}.
 */
public interface Volumes {
  /**
   * Creates a volume, unless it exists.
   *
   * @throws BoxliteException if its directory cannot be created
   */
  VolumeInfo create(String name);

  /** Returns all volumes, in the order of their names. */
  List<VolumeInfo> list();

  /**
   * Deletes a volume with all its files.
   *
   * @throws IllegalArgumentException if there is no such volume
   * @throws IllegalStateException if a box, of this or another JVM, has it
   * @throws BoxliteException if a file cannot be deleted; what is left is no longer a volume
   */
  void remove(String name);
}
