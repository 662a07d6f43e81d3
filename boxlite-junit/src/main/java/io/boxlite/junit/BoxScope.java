package io.boxlite.junit;

/** The lifetime of a box, and the tests that share it. */
public enum BoxScope {
  /**
   * Depends on where {@link Box} stands: {@link #CLASS} on a static field, on a parameter of a
   * {@code @BeforeAll} or {@code @AfterAll} method, and on a constructor parameter of a class with
   * lifecycle {@code PER_CLASS}; {@link #METHOD} everywhere else.
   */
  AUTO,

  /** One box for each test. It is closed after the test. */
  METHOD,

  /**
   * One box for a test class. It is closed after the last test of the class. Parameters of a class
   * share a box if all their attributes that describe it are equal. Each field has its own box.
   *
   * <p>A static field belongs to the class that declares it. Subclasses that run at the same time
   * share its box.
   */
  CLASS,

  /**
   * One box for the whole run. All classes share a box if all attributes that describe it are
   * equal. It is closed at the end of the launcher session.
   */
  SESSION
}
