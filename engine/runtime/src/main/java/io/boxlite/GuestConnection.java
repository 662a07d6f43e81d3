package io.boxlite;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * A TCP connection to a program in a box; opened by {@link GuestNetwork#connect}. It uses no port
 * of this machine.
 *
 * <p>If the connection breaks, or its box ends, reading and writing throw an {@link
 * java.io.IOException}.
 */
public interface GuestConnection extends AutoCloseable {
  /** Returns what the program sends. */
  InputStream input();

  /**
   * Returns a stream to the program. Closing it ends only this direction: the program reads the end
   * of the stream, and can still send.
   */
  OutputStream output();

  /** Ends the connection. What the program has not read yet may be lost. Idempotent. */
  @Override
  void close();
}
