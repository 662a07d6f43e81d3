package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.OutputKeep;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An output stream that is told apart by marks: each part ends with a mark that was agreed for it,
 * and with the rest of the mark's line, which is the part's status. What comes between two parts
 * belongs to the next one.
 */
public final class MarkedOutput {
  /** A shell's status has three digits at most. What is longer is not a shell's, and not kept. */
  private static final int MOST_STATUS = 16;

  private final long most;
  private final OutputKeep keep;
  private final ByteQueue kept = new ByteQueue();
  private ByteString unsure = ByteString.EMPTY; // may be the beginning of the mark
  private @Nullable ByteString mark;
  private @Nullable Part ended;
  private boolean truncated;

  /**
   * A part that has ended.
   *
   * @param content at most as many bytes as may be kept
   * @param truncated whether there were more
   * @param status what followed the mark in its line, the first 16 bytes of it
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on once, to the result that it is for
  public record Part(byte[] content, boolean truncated, String status) {}

  /**
   * Makes one.
   *
   * @param most bytes of a part that are kept
   * @param keep which of them
   */
  public MarkedOutput(long most, OutputKeep keep) {
    this.most = most;
    this.keep = keep;
  }

  /** Begins a part that ends with this mark. */
  public synchronized void begin(String mark) {
    this.mark = ByteString.copyFrom(mark, StandardCharsets.US_ASCII);
    ended = null;
  }

  /** Takes what came, and says whether the part has ended with it. */
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
    int seen = Math.min(line + MOST_STATUS, all.size());
    int length = indexOf(all.substring(line, seen), ByteString.copyFromUtf8("\n"));
    if (length < 0 && seen < line + MOST_STATUS) {
      unsure = copy(all.substring(start));
      return false;
    }
    ended = part(all.substring(line, length < 0 ? seen : line + length).toStringUtf8());
    keep(all.substring(length < 0 ? seen : line + length + 1));
    return true;
  }

  /** Whether more has come for this part than is kept. */
  public synchronized boolean isTruncated() {
    return truncated;
  }

  /** The part that has ended; or what there is of one that never will. */
  public synchronized Part end() {
    if (ended == null) {
      keep(unsure);
      ended = part("");
    }
    return ended;
  }

  private Part part(String status) {
    Part part = new Part(kept.takeAll(), truncated, status);
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

  /** So that a few bytes do not hold a whole message in memory. */
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
