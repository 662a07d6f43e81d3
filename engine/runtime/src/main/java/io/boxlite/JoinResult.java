package io.boxlite;

/**
 * What happened to two commands that were joined; see {@link LiteBox#join}.
 *
 * @param first the result of the command that was named first, without its standard output, which
 *     went to the other
 * @param second the result of the command that was named second, likewise
 * @param endedFirst which of them ended first; {@link Side#FIRST} when the box was lost, in which
 *     case both results have {@link Outcome#BOX_LOST}
 */
public record JoinResult(ExecResult first, ExecResult second, Side endedFirst) {

  /** One of two commands that are joined. */
  public enum Side {
    /** The command that was named first. */
    FIRST,

    /** The command that was named second. */
    SECOND
  }

  /** The result of the command that ended first. */
  public ExecResult decisive() {
    return endedFirst == Side.FIRST ? first : second;
  }
}
