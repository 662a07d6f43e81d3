package io.boxlite.junit;

/** What a box that several tests share has of the tests before. */
public enum BoxReset {
  /** Everything: it lives on as they left it. */
  NEVER,

  /**
   * Nothing: before each test it starts over from its prepared state, behind the same reference.
   * What a {@code @BeforeAll} method did in it is gone as well; {@link Box#prepare} is the place
   * for that.
   */
  EACH_TEST
}
