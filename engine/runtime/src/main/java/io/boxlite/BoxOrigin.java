package io.boxlite;

/** How a box was started. */
public enum BoxOrigin {
  /** The guest was booted, since there was no template yet; its state was saved as one. */
  COLD_BOOT,
  /** The guest was restored from its template when the box was requested. */
  TEMPLATE,
  /** The guest had been started ahead of time and only had to be resumed. */
  POOL
}
