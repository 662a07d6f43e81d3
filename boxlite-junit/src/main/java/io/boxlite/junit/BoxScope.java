package io.boxlite.junit;

/** How long a box lives, and who shares it. */
public enum BoxScope {
  /**
   * What its place suggests: {@link #CLASS} on a static field, on a parameter of a
   * {@code @BeforeAll} or {@code @AfterAll} method, and on one of the constructor of a class whose
   * one instance serves all its tests; {@link #METHOD} everywhere else.
   */
  AUTO,

  /** One for each test: it starts before the test and ends after it. */
  METHOD,

  /**
   * One for a test class: it ends after the last test of the class. Parameters of one class that
   * are equal in everything that makes the box share it; a field has a box of its own.
   *
   * <p>A static field belongs to the class that declares it: subclasses that run at the same time
   * share its box.
   */
  CLASS,

  /**
   * One for the whole run: every class that asks for a box that is equal in everything gets this
   * one. It ends with the launcher session.
   */
  SESSION
}
