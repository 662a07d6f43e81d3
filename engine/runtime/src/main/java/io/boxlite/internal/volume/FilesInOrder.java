package io.boxlite.internal.volume;

import java.util.ArrayList;
import java.util.List;

/** The small files of a directory, in the order in which a guest's kernel was told of them. */
final class FilesInOrder {
  /** Enough for the data that is sent ahead. */
  private static final int MAX_FILES = 10_000;

  private final List<Node> files = new ArrayList<>();
  private int next; // the first file that was not sent
  private int reads;

  synchronized void add(Node file) {
    if (files.size() < MAX_FILES) {
      files.add(file);
    }
  }

  /** A file was read; returns how many reads there were. */
  synchronized int read() {
    return ++reads;
  }

  /** Returns some files that were not returned before, of at most this many bytes together. */
  synchronized List<Node> take(long bytes) {
    List<Node> taken = new ArrayList<>();
    long left = bytes;
    while (next < files.size() && left > 0) {
      Node file = files.get(next++);
      left -= Math.max(1, file.toldSize());
      taken.add(file);
    }
    return taken;
  }
}
