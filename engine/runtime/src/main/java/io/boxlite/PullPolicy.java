package io.boxlite;

/** When an image is fetched from the registry that its name points to. */
public enum PullPolicy {
  /** When the store does not have it. */
  IF_MISSING,

  /**
   * Each time: the registry is asked what the name stands for now, and what the store lacks of that
   * is fetched.
   */
  ALWAYS,

  /** Never: an image that the store does not have is an error. */
  NEVER
}
