package io.boxlite;

/** Whether a box can be used. */
public enum BoxState {
  /** The box accepts commands. */
  RUNNING,

  /** The box was stopped or closed. */
  STOPPED,

  /** The box died or stopped responding; {@link BoxInfo#loss()} says why. */
  LOST
}
