package io.boxlite.internal.network.secret;

import com.google.protobuf.ByteString;
import java.util.Locale;
import java.util.Set;

/** A body in chunks, up to the end of its trailer (RFC 9112, section 7.1). */
final class ChunkedBody extends BodyReader {
  private static final int MAX_SIZE_DIGITS = 15;
  private static final int MAX_EXTENSION_BYTES = 1024;
  private static final int MAX_TRAILER_BYTES = 16 << 10;

  /** They would change where the message ends, or what it is for. */
  private static final Set<String> NOT_IN_TRAILERS =
      Set.of("content-length", "transfer-encoding", "host");

  private enum State {
    SIZE,
    EXTENSION,
    SIZE_END,
    DATA,
    DATA_RETURN,
    DATA_END,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LINE_END,
    LAST_END,
    COMPLETE
  }

  /**
   * Programs disagree on where an extension ends. Requests hardly ever have one, and it would be a
   * way to smuggle.
   */
  private final boolean extensions;

  private final StringBuilder name = new StringBuilder();
  private State state = State.SIZE;
  private int digits;
  private long size;
  private int extensionBytes;
  private int trailerBytes;

  ChunkedBody(boolean extensions) {
    this.extensions = extensions;
  }

  @Override
  long read(ByteString data) throws HttpViolation {
    int read = 0;
    while (read < data.size() && state != State.COMPLETE) {
      if (state == State.DATA) {
        long part = Math.min(size, data.size() - read);
        size -= part;
        read += (int) part;
        if (size == 0) {
          state = State.DATA_RETURN;
        }
      } else {
        state = next((char) (data.byteAt(read++) & 0xff));
      }
    }
    return read;
  }

  private State next(char c) throws HttpViolation {
    return switch (state) {
      case SIZE -> size(c);
      case EXTENSION -> extension(c);
      case SIZE_END -> {
        require(c == '\n');
        yield afterSize();
      }
      case DATA_RETURN -> {
        require(c == '\r');
        yield State.DATA_END;
      }
      case DATA_END -> {
        require(c == '\n');
        digits = 0;
        yield State.SIZE;
      }
      case TRAILER_NAME -> trailerName(c);
      case TRAILER_VALUE -> trailerValue(c);
      case TRAILER_LINE_END -> {
        require(c == '\n');
        yield State.TRAILER_NAME;
      }
      case LAST_END -> {
        require(c == '\n');
        yield State.COMPLETE;
      }
      case DATA, COMPLETE -> throw new IllegalStateException(state.name());
    };
  }

  private State size(char c) throws HttpViolation {
    int digit = c < 128 ? Character.digit(c, 16) : -1;
    if (digit >= 0) {
      require(++digits <= MAX_SIZE_DIGITS);
      size = size << 4 | digit;
      return State.SIZE;
    }
    require(digits > 0);
    if (c == '\r') {
      return State.SIZE_END;
    }
    require(extensions && (c == ';' || HttpHead.isSpace(c)));
    extensionBytes = 0;
    return State.EXTENSION;
  }

  private State extension(char c) throws HttpViolation {
    if (c == '\r') {
      return State.SIZE_END;
    }
    require(!HttpHead.isControl(c) && ++extensionBytes <= MAX_EXTENSION_BYTES);
    return State.EXTENSION;
  }

  private State afterSize() {
    return size > 0 ? State.DATA : State.TRAILER_NAME;
  }

  private State trailerName(char c) throws HttpViolation {
    requireShortTrailer();
    if (c == '\r' && name.length() == 0) {
      return State.LAST_END;
    }
    if (c == ':' && name.length() > 0) {
      if (NOT_IN_TRAILERS.contains(name.toString().toLowerCase(Locale.ROOT))) {
        throw new HttpViolation("the trailer has the field " + name);
      }
      name.setLength(0);
      return State.TRAILER_VALUE;
    }
    if (!HttpHead.isTokenCharacter(c)) {
      throw new HttpViolation("the trailer has an invalid line");
    }
    name.append(c);
    return State.TRAILER_NAME;
  }

  private State trailerValue(char c) throws HttpViolation {
    requireShortTrailer();
    if (c == '\r') {
      return State.TRAILER_LINE_END;
    }
    if (HttpHead.isControl(c)) {
      throw new HttpViolation("the trailer has a control character");
    }
    return State.TRAILER_VALUE;
  }

  private void requireShortTrailer() throws HttpViolation {
    if (++trailerBytes > MAX_TRAILER_BYTES) {
      throw new HttpViolation("the trailer has more than " + (MAX_TRAILER_BYTES >> 10) + " KiB");
    }
  }

  private static void require(boolean valid) throws HttpViolation {
    if (!valid) {
      throw new HttpViolation("a chunk of the body is invalid");
    }
  }

  @Override
  boolean isComplete() {
    return state == State.COMPLETE;
  }
}
