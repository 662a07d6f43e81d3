package io.boxlite.internal.network.secret;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The first message of a TLS connection (RFC 8446, section 4.1.2).
 *
 * @param serverName the server that it asks for; empty if it names none
 */
record ClientHello(Optional<String> serverName) {
  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int SERVER_NAME = 0; // RFC 6066, section 3
  private static final int HOST_NAME = 0;
  private static final int RANDOM_BYTES = 32;
  private static final int RECORD_HEADER = 5;
  private static final int MAX_RECORD = 1 << 14;

  /** What could be read of the beginning of a connection. */
  sealed interface Reading {
    /** The whole message. */
    record Complete(ClientHello hello) implements Reading {}

    /** More must come. */
    record Incomplete() implements Reading {}

    /** It is no TLS. */
    record Invalid() implements Reading {}
  }

  /** Reads the first bytes of a connection. */
  static Reading read(byte[] bytes) {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    ByteBuffer records = ByteBuffer.wrap(bytes);
    while (records.hasRemaining()) {
      if (records.get(records.position()) != HANDSHAKE
          || records.remaining() > 1 && records.get(records.position() + 1) != 3) {
        return new Reading.Invalid();
      }
      if (records.remaining() < RECORD_HEADER) {
        return new Reading.Incomplete();
      }
      int length = records.getShort(records.position() + 3) & 0xffff;
      if (length == 0 || length > MAX_RECORD) {
        return new Reading.Invalid();
      }
      records.position(records.position() + RECORD_HEADER);
      int part = Math.min(length, records.remaining());
      message.write(bytes, records.position(), part);
      records.position(records.position() + part);
      byte[] handshake = message.toByteArray();
      if (handshake.length > 0 && handshake[0] != CLIENT_HELLO) {
        return new Reading.Invalid();
      }
      if (handshake.length >= 4) {
        int size = ByteBuffer.wrap(handshake).getInt() & 0xffffff;
        if (handshake.length >= 4 + size) {
          return hello(ByteBuffer.wrap(handshake, 4, size));
        }
      }
    }
    return new Reading.Incomplete();
  }

  private static Reading hello(ByteBuffer message) {
    try {
      skip(message, 2 + RANDOM_BYTES);
      skip(message, message.get() & 0xff); // session id
      skip(message, message.getShort() & 0xffff); // cipher suites
      skip(message, message.get() & 0xff); // compression methods
      Optional<String> name = Optional.empty();
      if (message.hasRemaining()) {
        ByteBuffer extensions = part(message, message.getShort() & 0xffff);
        while (extensions.hasRemaining()) {
          int type = extensions.getShort() & 0xffff;
          ByteBuffer extension = part(extensions, extensions.getShort() & 0xffff);
          if (type == SERVER_NAME) {
            name = serverName(extension);
          }
        }
      }
      return new Reading.Complete(new ClientHello(name));
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return new Reading.Invalid();
    }
  }

  private static Optional<String> serverName(ByteBuffer extension) {
    ByteBuffer names = part(extension, extension.getShort() & 0xffff);
    while (names.hasRemaining()) {
      int type = names.get();
      ByteBuffer name = part(names, names.getShort() & 0xffff);
      if (type == HOST_NAME) {
        byte[] ascii = new byte[name.remaining()];
        name.get(ascii);
        return Optional.of(new String(ascii, US_ASCII));
      }
    }
    return Optional.empty();
  }

  private static void skip(ByteBuffer buffer, int bytes) {
    buffer.position(buffer.position() + bytes);
  }

  private static ByteBuffer part(ByteBuffer buffer, int bytes) {
    ByteBuffer part = buffer.slice(buffer.position(), bytes);
    skip(buffer, bytes);
    return part;
  }
}
