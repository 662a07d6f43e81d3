package io.boxlite.internal.image.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class DirectoryTest {
  @Test
  void findsExactlyWhatWasPutAndNotRemoved() {
    Directory directory = new Directory();
    TreeSet<String> expected = new TreeSet<>();
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      String name = "n" + random.nextInt(500);
      DirectoryEntry entry = directory.get(name);
      assertThat(entry != null).as(name).isEqualTo(expected.contains(name));
      // Grows and shrinks in turn.
      boolean remove = random.nextInt(10) < (i / 2000 % 2 == 0 ? 2 : 8);
      if (remove && entry != null) {
        directory.remove(entry);
        expected.remove(name);
      } else if (entry == null) {
        Inode inode = new Inode(FileType.FIFO, i, 0, 0);
        directory.put(new DirectoryEntry(name, inode, 1));
        expected.add(name);
      }
    }
    assertThat(directory.size()).isEqualTo(expected.size());
    for (String name : expected) {
      assertThat(Objects.requireNonNull(directory.get(name)).name()).isEqualTo(name);
    }
    assertThat(Arrays.stream(directory.sorted()).map(DirectoryEntry::name))
        .containsExactlyElementsOf(expected);
  }

  @Test
  void countsItsDirectories() {
    Directory directory = new Directory();
    Directory inner = new Directory(directory, Attributes.IMPLIED_DIRECTORY);
    DirectoryEntry entry = new DirectoryEntry("d", inner, 1);
    directory.put(entry);
    directory.put(new DirectoryEntry("f", new Inode(FileType.FIFO, 1, 0, 0), 1));
    assertThat(directory.subdirectories()).isOne();
    assertThat(inner.depth()).isOne();
    assertThat(inner.parent()).isSameAs(directory);
    directory.remove(entry);
    assertThat(directory.subdirectories()).isZero();
  }
}
