package it;

import io.boxlite.LiteBox;
import org.junit.jupiter.api.Test;

class SmallTest {
  static {
    System.exit(1); // a class that is loaded would say so
  }

  @Test
  void works(@SmallBox LiteBox box) {
    box.exec("true");
  }
}
