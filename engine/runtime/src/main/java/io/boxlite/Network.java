package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.util.List;

/**
 * What a box can reach. Immutable.
 *
 * <p>Boxes have no network yet: the guest has only a loopback device.
 */
public final class Network {
  private static final String NONE_TEXT = "none";
  private static final Network NONE = new Network(List.of(NONE_TEXT));

  private final List<String> texts;

  private Network(List<String> texts) {
    this.texts = texts;
  }

  /** Returns the network of a box that can reach nothing. */
  public static Network none() {
    return NONE;
  }

  /**
   * Parses the text form: {@code none}.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static Network parse(String... texts) {
    if (texts.length == 1 && texts[0].equals(NONE_TEXT)) {
      return NONE;
    }
    throw new IllegalArgumentException(
        "network is \""
            + Arguments.shown(String.join(", ", texts))
            + "\"; boxes have no network yet, so it must be \""
            + NONE_TEXT
            + "\"");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Network network && texts.equals(network.texts);
  }

  @Override
  public int hashCode() {
    return texts.hashCode();
  }

  /** Returns the text form. */
  @Override
  public String toString() {
    return String.join(", ", texts);
  }
}
