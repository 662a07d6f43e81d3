package io.boxlite;

/** What a box may do with a volume. */
public enum VolumeMode {
  /** The box may read. This machine refuses every change, whatever the box does. */
  READ_ONLY,
  /** The box may read and change everything. */
  READ_WRITE
}
