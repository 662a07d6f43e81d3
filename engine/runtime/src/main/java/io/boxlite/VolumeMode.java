package io.boxlite;

/** What a box may do with a volume. */
public enum VolumeMode {
  /** The box may read. This machine refuses every change, whatever the box does. */
  READ_ONLY,
  /**
   * The box may read and change everything. It keeps what it has read in a cache, and locks hold
   * among its own programs only.
   */
  READ_WRITE,
  /**
   * The box may read and change everything, together with programs outside of it. Locks ({@code
   * flock} and {@code fcntl}) hold among all boxes that have the directory in this mode, and with
   * programs of this machine. Nothing is kept in a cache, so a program sees at once what others
   * have done. This makes each access slower, and {@code mmap} with {@code MAP_SHARED} fails.
   *
   * <p>For a database file that several boxes use, for example.
   */
  SHARED
}
