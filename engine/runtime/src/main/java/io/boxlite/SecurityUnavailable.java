package io.boxlite;

/** What happens when this machine lacks what the {@link SecurityOptions} of a box ask for. */
public enum SecurityUnavailable {
  /** The box does not start; the error says what is missing and what to do. */
  FAIL,

  /** The box starts without it, and a warning is logged. */
  WARN
}
