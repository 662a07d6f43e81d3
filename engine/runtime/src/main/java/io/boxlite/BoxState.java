package io.boxlite;

/** Whether a box can be used. */
public enum BoxState {
  /** It takes commands. */
  RUNNING,

  /** It was stopped or closed. */
  STOPPED,

  /** It died or stopped answering; {@link BoxInfo#loss()} says why. */
  LOST
}
