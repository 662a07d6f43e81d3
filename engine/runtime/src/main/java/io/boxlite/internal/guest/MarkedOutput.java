package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.OutputKeep;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An output stream that is divided by marks. Each part ends with the mark that was set for it,
 * followed by the rest of the line, which is the part's status. Anything between two parts belongs
 * to the next one.
 */
public final class MarkedOutput {
  /**
   * A shell's status has at most three digits. Anything longer is not from a shell, and not kept.
   */
  private static final int MAX_STATUS = 16;

  private final long most;
  private final OutputKeep keep;
  private final ByteQueue kept = new ByteQueue();
  private ByteString unsure = ByteString.EMPTY; // possibly the start of the mark
  private @Nullable ByteString mark;
  private @Nullable Part ended;
  private boolean truncated;

  /**
   * A part that has ended.
   *
   * @param content the content that was kept
   * @param truncated whether there was more
   * @param status the first 16 bytes after the mark in its line
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on once, to the one result that it is for
  public record Part(byte[] content, boolean truncated, String status) {}

  /**
   * Creates a divider.
   *
   * @param most the number of bytes to keep of each part
   * @param keep which of them to keep
   */
  public MarkedOutput(long most, OutputKeep keep) {
    this.most = most;
    this.keep = keep;
  }

  /** Starts a part that ends with this mark. */
  public synchronized void begin(String mark) {
    this.mark = ByteString.copyFrom(mark, StandardCharsets.US_ASCII);
    ended = null;
  }

  /** Processes received bytes. Returns whether the part has ended with them. */
  public synchronized boolean take(ByteString bytes) {
    if (mark == null) {
      keep(bytes);
      return false;
    }
    ByteString all = unsure.concat(bytes);
    int start = indexOf(all, mark);
    if (start < 0) {
      int sure = Math.max(0, all.size() - mark.size() + 1);
      keep(all.substring(0, sure));
      unsure = copy(all.substring(sure));
      return false;
    }
    keep(all.substring(0, start));
    int line = start + mark.size();
    int seen = Math.min(line + MAX_STATUS, all.size());
    int length = indexOf(all.substring(line, seen), ByteString.copyFromUtf8("\n"));
    if (length < 0 && seen < line + MAX_STATUS) {
      unsure = copy(all.substring(start));
      return false;
    }
    ended = part(all.substring(line, length < 0 ? seen : line + length).toStringUtf8());
    keep(all.substring(length < 0 ? seen : line + length + 1));
    return true;
  }

  /** Returns whether this part has more bytes than are kept. */
  public synchronized boolean isTruncated() {
    return truncated;
  }

  /** Returns the part that has ended, or the received bytes of one that will never end. */
  public synchronized Part end() {
    if (ended == null) {
      keep(unsure);
      ended = part("");
    }
    return ended;
  }

  private Part part(String status) {
    Part part = new Part(kept.takeAll().toByteArray(), truncated, status);
    unsure = ByteString.EMPTY;
    mark = null;
    truncated = false;
    return part;
  }

  private void keep(ByteString bytes) {
    if (keep == OutputKeep.TAIL) {
      kept.add(bytes);
      truncated |= kept.trimTo(most);
    } else {
      int room = (int) Math.min(most - kept.size(), bytes.size());
      kept.add(bytes.substring(0, room));
      truncated |= room < bytes.size();
    }
  }

  /** Copied, so that a few bytes do not keep a whole message in memory. */
  private static ByteString copy(ByteString bytes) {
    return ByteString.copyFrom(bytes.toByteArray());
  }

  private static int indexOf(ByteString bytes, ByteString wanted) {
    for (int start = 0; start + wanted.size() <= bytes.size(); start++) {
      if (bytes.byteAt(start) == wanted.byteAt(0)
          && bytes.substring(start, start + wanted.size()).equals(wanted)) {
        return start;
      }
    }
    return -1;
  }
}
