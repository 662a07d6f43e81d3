package io.boxlite;

/** When to pull an image from its registry. */
public enum PullPolicy {
  /** Pulls the image if the store does not have it. */
  IF_MISSING,

  /**
   * Asks the registry each time which image the name refers to, and fetches the content that the
   * store lacks.
   */
  ALWAYS,

  /** Never pulls. It is an error if the store does not have the image. */
  NEVER
}
