package it;

/** A class that the prepare method uses. */
final class Helper {
  static final String TEXT = text();

  private Helper() {}

  private static String text() {
    return "made by a helper\n";
  }
}
