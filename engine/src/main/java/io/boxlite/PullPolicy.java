package io.boxlite;

/** When an image is fetched from where its reference points to. */
public enum PullPolicy {
  /** When the store does not have it. */
  IF_MISSING,

  /** Each time a box is created. */
  ALWAYS,

  /** Never: an image that the store does not have is an error. */
  NEVER
}
