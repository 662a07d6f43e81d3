package io.boxlite.bench;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;

/** A JVM of its own, from its {@code main} to a box's first result, in milliseconds. */
final class FreshJvm {
  private FreshJvm() {}

  public static void main(String[] args) {
    long start = System.nanoTime();
    try (Boxlite boxlite = Boxlite.open();
        LiteBox box = boxlite.create(BoxOptions.builder().build())) {
      ExecResult result = box.exec("echo", "hello");
      if (result.stdout().equals("hello\n")) {
        System.out.println((System.nanoTime() - start) / 1e6);
      }
    }
  }
}
