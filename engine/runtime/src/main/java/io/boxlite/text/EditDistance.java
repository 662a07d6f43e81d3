package io.boxlite.text;

import java.util.Collection;
import java.util.Comparator;

/** The Levenshtein distance: how many single-character edits turn one name into another. */
public final class EditDistance {
  private EditDistance() {}

  /** Returns the candidate with the smallest distance. There must be at least one candidate. */
  public static String nearest(String name, Collection<String> candidates) {
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> between(name, candidate)))
        .orElseThrow();
  }

  static int between(String from, String to) {
    int[] previous = new int[to.length() + 1];
    for (int column = 0; column <= to.length(); column++) {
      previous[column] = column;
    }
    for (int row = 1; row <= from.length(); row++) {
      int[] current = new int[to.length() + 1];
      current[0] = row;
      for (int column = 1; column <= to.length(); column++) {
        int substitution = from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1;
        current[column] =
            Math.min(
                previous[column - 1] + substitution,
                Math.min(previous[column], current[column - 1]) + 1);
      }
      previous = current;
    }
    return previous[to.length()];
  }
}
