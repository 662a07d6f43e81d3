package io.boxlite.internal.network.secret;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the lines of a message up to its body. Lines end with CR and LF, and neither is anywhere
 * else: programs that accept a single one of them disagree on where a message ends (RFC 9112,
 * section 2.2).
 */
final class HeadReader {
  static final int MAX_BYTES = 64 << 10;

  private final List<String> lines = new ArrayList<>();
  private final StringBuilder line = new StringBuilder();
  private int bytes;
  private boolean afterReturn;
  private boolean skipped;
  private boolean complete;

  /** Reads data up to the end of the head, and returns how many bytes that were. */
  int read(ByteString data) throws HttpViolation {
    int read = 0;
    while (read < data.size() && !complete) {
      add((char) (data.byteAt(read++) & 0xff));
    }
    return read;
  }

  private void add(char octet) throws HttpViolation {
    if (++bytes > MAX_BYTES) {
      throw new HttpViolation(431, "the header has more than " + (MAX_BYTES >> 10) + " KiB");
    }
    if (octet == '\n') {
      if (!afterReturn) {
        throw new HttpViolation("the header has a LF without a CR before it");
      }
      afterReturn = false;
      endLine();
    } else if (afterReturn) {
      throw new HttpViolation("the header has a CR without a LF after it");
    } else if (octet == '\r') {
      afterReturn = true;
    } else {
      line.append(octet);
    }
  }

  private void endLine() throws HttpViolation {
    if (line.length() > 0) {
      lines.add(line.toString());
      line.setLength(0);
    } else if (!lines.isEmpty()) {
      complete = true;
    } else if (skipped) {
      throw new HttpViolation("there is more than one empty line before the message");
    } else {
      skipped = true; // RFC 9112, section 2.2
    }
  }

  /** Returns whether something of a message was read. */
  boolean hasBegun() {
    return !lines.isEmpty() || line.length() > 0;
  }

  boolean isComplete() {
    return complete;
  }

  /** Returns the head, once it is complete. */
  HttpHead head() throws HttpViolation {
    return HttpHead.parse(lines);
  }
}
