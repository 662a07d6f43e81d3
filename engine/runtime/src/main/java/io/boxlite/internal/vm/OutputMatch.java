package io.boxlite.internal.vm;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;

/** Counts how often a text comes in a stream that arrives in pieces, by Knuth, Morris and Pratt. */
final class OutputMatch {
  private final byte[] text;
  private final int[] border; // of the text's first i bytes: their longest proper prefix and suffix
  private int matched;
  private volatile int count;

  OutputMatch(String text) {
    this.text = text.getBytes(StandardCharsets.UTF_8);
    border = new int[this.text.length + 1];
    int length = 0;
    for (int i = 1; i < this.text.length; i++) {
      while (length > 0 && this.text[i] != this.text[length]) {
        length = border[length];
      }
      if (this.text[i] == this.text[length]) {
        length++;
      }
      border[i + 1] = length;
    }
  }

  /** Takes the next piece. Called by one thread at a time. */
  void add(ByteString bytes) {
    for (int i = 0; i < bytes.size(); i++) {
      byte next = bytes.byteAt(i);
      while (matched > 0 && next != text[matched]) {
        matched = border[matched];
      }
      if (next == text[matched]) {
        matched++;
      }
      if (matched == text.length) {
        count++;
        matched = 0;
      }
    }
  }

  /** Returns how often the text came; occurrences that overlap count once. Any thread may call. */
  int count() {
    return count;
  }
}
