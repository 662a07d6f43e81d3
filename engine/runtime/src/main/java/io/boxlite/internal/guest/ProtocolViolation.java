package io.boxlite.internal.guest;

import java.util.function.Supplier;

/**
 * A guest sent something that the protocol does not allow. The message completes "the guest sent
 * …".
 */
final class ProtocolViolation extends Exception {
  private static final long serialVersionUID = 1L;

  ProtocolViolation(String what) {
    super(what);
  }

  static void unless(boolean holds, Supplier<String> what) throws ProtocolViolation {
    if (!holds) {
      throw new ProtocolViolation(what.get());
    }
  }
}
