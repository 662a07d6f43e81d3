package io.boxlite;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Tests of a class that run in one box, one after the other. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class OneBox {
  Boxlite boxlite;
  LiteBox box;

  private final BoxOptions options;

  /** The tests have the box that is there without any options. */
  OneBox() {
    this(BoxOptions.builder().build());
  }

  OneBox(BoxOptions options) {
    this.options = options;
  }

  @BeforeAll
  void createBox() {
    boxlite = Boxlite.open();
    box = boxlite.create(options);
  }

  @AfterAll
  void closeBox() {
    boxlite.close();
  }
}
