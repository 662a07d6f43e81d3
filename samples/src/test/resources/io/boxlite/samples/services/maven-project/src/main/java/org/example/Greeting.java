package org.example;

import org.jspecify.annotations.Nullable;

/** Says hello. */
public final class Greeting {
  private Greeting() {}

  public static void main(String[] args) {
    @Nullable String name = args.length > 0 ? args[0] : null;
    System.out.println("hello " + (name == null ? "world" : name));
  }
}
