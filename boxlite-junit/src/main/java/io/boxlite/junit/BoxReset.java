package io.boxlite.junit;

/** Whether a shared box is reset between tests. */
public enum BoxReset {
  /** The box is never reset: a test finds everything that earlier tests left in it. */
  NEVER,

  /**
   * The box is reset to its prepared state before each test. The reference to it stays valid. What
   * a {@code @BeforeAll} method did in the box is lost, too; use {@link Box#prepare} for that.
   */
  EACH_TEST
}
