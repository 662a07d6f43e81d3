package io.boxlite;

/** What becomes of a command that writes more than {@link Command#maxOutputBytes()}. */
public enum OutputKeep {
  /**
   * The command is killed, and its outcome is {@link Outcome#OUTPUT_LIMIT_EXCEEDED}. What it wrote
   * until then is kept.
   */
  KILL,

  /** The command runs on. The first bytes are kept, what comes after them is thrown away. */
  HEAD,

  /**
   * The command runs on. The last bytes are kept, what came before them is thrown away: for what a
   * program says when it fails.
   */
  TAIL
}
