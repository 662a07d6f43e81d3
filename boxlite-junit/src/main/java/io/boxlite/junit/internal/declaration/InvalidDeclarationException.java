package io.boxlite.junit.internal.declaration;

import io.boxlite.junit.Box;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Box} that cannot be met as it stands; the message names its place. The cause is the
 * user's, where there is one: nobody need read the same message twice.
 */
public final class InvalidDeclarationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  InvalidDeclarationException(String message) {
    super(message);
  }

  InvalidDeclarationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
