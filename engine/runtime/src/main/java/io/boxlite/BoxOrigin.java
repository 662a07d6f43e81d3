package io.boxlite;

/** How a box came to be. */
public enum BoxOrigin {
  /** Its guest was booted: it is the first of its kind, and its state was saved for the others. */
  COLD_BOOT,
  /** It was restored from the saved state of its kind when it was asked for. */
  TEMPLATE,
  /** It was restored ahead of time and only had to go on. */
  POOL
}
