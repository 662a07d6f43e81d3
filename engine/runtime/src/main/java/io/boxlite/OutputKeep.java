package io.boxlite;

/** What happens when a command writes more than {@link Command#maxOutputBytes()}. */
public enum OutputKeep {
  /**
   * The command is killed, and its outcome is {@link Outcome#OUTPUT_LIMIT_EXCEEDED}. Each stream is
   * kept up to the limit.
   */
  KILL,

  /** The command runs on. The first bytes of each stream are kept, the rest is discarded. */
  HEAD,

  /**
   * The command runs on. The last bytes of each stream are kept, earlier ones are discarded. This
   * keeps the last messages of a program that fails.
   */
  TAIL
}
