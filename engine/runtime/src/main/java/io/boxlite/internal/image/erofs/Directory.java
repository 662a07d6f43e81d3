package io.boxlite.internal.image.erofs;

import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * A directory in an image that is being written. It is written last, when its entries are known.
 *
 * <p>The entries are in a custom hash table, because with millions of files the nodes of a {@link
 * java.util.HashMap} would take as much memory as the files.
 */
public final class Directory extends Inode {
  private static final int SMALLEST_TABLE = 8;

  private final Directory parent;
  private final int depth;
  private Attributes attributes;
  private @Nullable DirectoryEntry[] table = new @Nullable DirectoryEntry[SMALLEST_TABLE];
  private int size;
  private int subdirectories;

  // Set when the image is finished.
  long nid;
  long firstDataBlock;
  private DirectoryEntry @Nullable [] sorted;

  /** Creates the root directory, which is its own parent. */
  Directory() {
    super(FileType.DIRECTORY, 0, 0, 0);
    this.parent = this;
    this.depth = 0;
    this.attributes = Attributes.IMPLIED_DIRECTORY;
  }

  /** Creates a directory, which is not an entry of its parent yet. */
  Directory(Directory parent, Attributes attributes) {
    super(FileType.DIRECTORY, 0, 0, 0);
    this.parent = parent;
    this.depth = parent.depth + 1;
    this.attributes = attributes;
  }

  /** Returns the parent directory; that of the root is the root itself. */
  public Directory parent() {
    return parent;
  }

  /** Returns the depth below the root. */
  public int depth() {
    return depth;
  }

  Attributes attributes() {
    return attributes;
  }

  /** Sets the attributes. */
  public void setAttributes(Attributes attributes) {
    this.attributes = attributes;
  }

  @Override
  long nid() {
    return nid;
  }

  int subdirectories() {
    return subdirectories;
  }

  /** Returns the number of entries without the dots. */
  public int size() {
    return size;
  }

  /** Returns the entry of a name; null when there is none. */
  public @Nullable DirectoryEntry get(String name) {
    return table[slot(name)];
  }

  void put(DirectoryEntry entry) {
    if (4 * (size + 1) > 3 * table.length) {
      @Nullable DirectoryEntry[] old = table;
      table = new @Nullable DirectoryEntry[2 * old.length];
      for (DirectoryEntry moved : old) {
        if (moved != null) {
          table[slot(moved.name())] = moved;
        }
      }
    }
    table[slot(entry.name())] = entry;
    size++;
    if (entry.inode() instanceof Directory) {
      subdirectories++;
    }
  }

  void remove(DirectoryEntry entry) {
    int hole = slot(entry.name());
    table[hole] = null;
    size--;
    if (entry.inode() instanceof Directory) {
      subdirectories--;
    }
    // Entries displaced by the removed one move up; otherwise they would not be found.
    int mask = table.length - 1;
    int i = hole + 1 & mask;
    for (DirectoryEntry moved = table[i]; moved != null; moved = table[i]) {
      table[i] = null;
      table[slot(moved.name())] = moved;
      i = i + 1 & mask;
    }
  }

  /** Returns the slot that has the name, or the free one for it. */
  private int slot(String name) {
    int mask = table.length - 1;
    int hash = name.hashCode();
    int i = (hash ^ hash >>> 15) & mask;
    for (DirectoryEntry there = table[i];
        there != null && !there.name().equals(name);
        there = table[i]) {
      i = i + 1 & mask;
    }
    return i;
  }

  /** Returns the current entries, in no particular order. */
  public DirectoryEntry[] entries() {
    DirectoryEntry[] entries = new DirectoryEntry[size];
    int n = 0;
    for (DirectoryEntry entry : table) {
      if (entry != null) {
        entries[n++] = entry;
      }
    }
    return entries;
  }

  /**
   * Returns the entries sorted by the unsigned bytes of their names. None may be added afterwards.
   */
  DirectoryEntry[] sorted() {
    DirectoryEntry[] entries = sorted;
    if (entries == null) {
      entries = entries();
      Arrays.sort(entries, Comparator.comparing(DirectoryEntry::name));
      sorted = entries;
      table = new @Nullable DirectoryEntry[SMALLEST_TABLE];
    }
    return entries;
  }
}
