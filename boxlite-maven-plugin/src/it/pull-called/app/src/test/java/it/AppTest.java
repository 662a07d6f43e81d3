package it;

import io.boxlite.LiteBox;
import org.junit.jupiter.api.Test;

class AppTest {
  @Test
  void works(@TestedBox LiteBox box) {
    box.exec("true");
  }
}
