package io.boxlite;

/**
 * The results of two commands that were joined; see {@link LiteBox#join}.
 *
 * @param first the result of the first command, without its standard output, which the other
 *     command read
 * @param second the result of the second command, likewise
 * @param endedFirst which command ended first; {@link Side#FIRST} if the box was lost, in which
 *     case both results have {@link Outcome#BOX_LOST}
 */
public record JoinResult(ExecResult first, ExecResult second, Side endedFirst) {

  /** Identifies one of the two commands. */
  public enum Side {
    /** The first command. */
    FIRST,

    /** The second command. */
    SECOND
  }

  /** Returns the result of the command that ended first. */
  public ExecResult decisive() {
    return endedFirst == Side.FIRST ? first : second;
  }
}
