package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.MemoryFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Copies of the memory of saved states, which no process can change.
 *
 * <p>QEMU opens such a file for writing even though it only maps it privately, so a jailed QEMU
 * could write to the file itself, and so into every later box. It is given a sealed copy instead,
 * which all machines of this JVM share. Only QEMU 8.2 and later could map a file that it cannot
 * write to.
 */
public final class TemplateMemories implements AutoCloseable {
  /** How many unused ones are kept. Each takes as much memory as its guest used. */
  private static final int KEPT = 2;

  private final Map<String, Entry> entries = new LinkedHashMap<>(8, 0.75f, true); // by last use
  private boolean closed;

  private static final class Entry {
    final MemoryFile file;
    int users;

    Entry(MemoryFile file) {
      this.file = file;
    }
  }

  /** The use of a file by one machine; it stays open until this is closed. */
  final class Use implements AutoCloseable {
    private final Entry entry;
    private boolean ended; // guarded by TemplateMemories.this

    private Use(Entry entry) {
      this.entry = entry;
    }

    MemoryFile file() {
      return entry.file;
    }

    @Override
    public void close() {
      synchronized (TemplateMemories.this) {
        if (!ended) {
          ended = true;
          entry.users--;
          closeUnused();
        }
      }
    }
  }

  /** Returns the memory of a saved state. The first use in a JVM copies it. */
  synchronized Use of(Path state) throws IOException {
    Path source = state.resolve(SavedState.MEMORY);
    // A state that was made again has the same path.
    String key = source + " " + Files.readAttributes(source, "unix:ino,ctime,size");
    Entry entry = entries.get(key);
    if (entry == null) {
      entry = new Entry(MemoryFile.sealed("boxlite-template", source));
      entries.put(key, entry);
    }
    entry.users++;
    closeUnused();
    return new Use(entry);
  }

  private void closeUnused() {
    long surplus = entries.values().stream().filter(entry -> entry.users == 0).count();
    surplus -= closed ? 0 : KEPT;
    Iterator<Entry> oldest = entries.values().iterator();
    while (surplus > 0) {
      Entry entry = oldest.next();
      if (entry.users == 0) {
        entry.file.close();
        oldest.remove();
        surplus--;
      }
    }
  }

  /** Closes the files; those in use when their machines have ended. */
  @Override
  public synchronized void close() {
    closed = true;
    closeUnused();
  }
}
