package io.boxlite;

/** What a box can reach. */
public enum NetworkMode {
  /** Nothing: the guest has a loopback device only. */
  NONE
}
