package io.boxlite.junit.internal.declaration;

import io.boxlite.junit.Box;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Box} annotation is wrong. The message names its place. The cause, if any, is the
 * exception of the user's code or of the JDK; it never repeats the message.
 */
public final class InvalidDeclarationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public InvalidDeclarationException(String message) {
    super(message);
  }

  public InvalidDeclarationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
