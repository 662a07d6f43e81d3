package io.boxlite.internal.network.secret;

import io.boxlite.text.AddressText;
import java.util.List;

/**
 * Where a box has connected to.
 *
 * @param names for which the box was given the address
 * @param port 1 to 65535
 * @param tls whether the requests are inside of TLS
 */
record Destination(List<String> names, int port, boolean tls) {
  /** Returns whether a secret is for this destination under one of its names. */
  boolean has(KnownSecret known) {
    return names.stream().anyMatch(name -> known.secret().isFor(name, port, tls));
  }

  Destination overTls() {
    return new Destination(names, port, true);
  }

  /** Returns the destination by the name that a program has given to TLS. */
  Destination overTls(String name) {
    return new Destination(List.of(name), port, true);
  }

  /** Returns the host of a field Host, unless it names another port. */
  String host(String field) {
    String suffix = ":" + port;
    String host =
        field.endsWith(suffix) ? field.substring(0, field.length() - suffix.length()) : field;
    return AddressText.parse(host).isPresent() ? "" : host;
  }
}
