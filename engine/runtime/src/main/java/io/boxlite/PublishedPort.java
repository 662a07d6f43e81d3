package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A TCP port of a box that can be reached from this machine, at {@code 127.0.0.1}.
 *
 * @param guestPort the port on which a program in the box listens, 1 to 65535
 * @param hostPort the port on this machine, 1 to 65535; if empty, a free one is chosen
 */
public record PublishedPort(int guestPort, OptionalInt hostPort) {
  private static final int MAX_PORT = 65_535;

  /** Checks the ports. */
  public PublishedPort {
    Arguments.inRange("ports", guestPort, 1, MAX_PORT);
    hostPort.ifPresent(port -> Arguments.inRange("ports", port, 1, MAX_PORT));
  }

  /** Returns the publication of a port on a free port of this machine. */
  public static PublishedPort of(int guestPort) {
    return new PublishedPort(guestPort, OptionalInt.empty());
  }

  /**
   * Reads the text form: {@code 8080}, or {@code 18080:8080} for port 18080 of this machine.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static PublishedPort parse(String text) {
    int colon = text.indexOf(':');
    Optional<Integer> guest = OptionText.wholeNumber(text.substring(colon + 1));
    if (colon < 0 && guest.isPresent()) {
      return of(guest.get());
    }
    Optional<Integer> host =
        colon < 0 ? Optional.empty() : OptionText.wholeNumber(text.substring(0, colon));
    if (host.isEmpty() || guest.isEmpty()) {
      throw new IllegalArgumentException(
          "ports has \""
              + Arguments.shown(text)
              + "\"; write a port of the box such as 8080, or HOST:BOX such as 18080:8080");
    }
    return new PublishedPort(guest.get(), OptionalInt.of(host.get()));
  }

  /** Returns the text form. */
  @Override
  public String toString() {
    return hostPort.isPresent() ? hostPort.getAsInt() + ":" + guestPort : "" + guestPort;
  }
}
