package io.boxlite.internal.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxlite.internal.image.tar.TarBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file system that changes at random, and the layers that an image builder would make of it: each
 * has what changed since the one before, and whiteouts for what went.
 */
@SuppressWarnings("ReferenceEquality") // Two names of one file have the same object.
public final class LayerHistory {
  private static final String NAMES = "abcde";

  /** A file; two names of one file have the same object. */
  record File(
      char type, int mode, int uid, int gid, long mtime, int nanos, byte[] content, String target) {
    // Identity, not equality, tells files from each other.
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  private final Random random;
  private final TreeMap<String, File> files = new TreeMap<>();
  private final Set<String> remadeDirectories = new HashSet<>();
  private final List<byte[]> layers = new ArrayList<>();

  /** Makes a history of so many layers. */
  public LayerHistory(long seed, int layers) {
    random = new Random(seed);
    for (int i = 0; i < layers; i++) {
      Map<String, File> before = new TreeMap<>(files);
      remadeDirectories.clear();
      for (int changes = 5 + random.nextInt(25); changes > 0; changes--) {
        change();
      }
      this.layers.add(layer(before));
    }
  }

  /** The archives, from the lowest up. */
  public List<byte[]> layers() {
    return layers;
  }

  /** Is told of a file: type is one of f, d, l; the content of a link is its target. */
  public interface Visitor {
    void visit(String path, char type, int mode, long[] ids, long mtime, byte[] content, int links);
  }

  /** Tells of all there is in the end. */
  public void forEach(Visitor visitor) {
    files.forEach(
        (path, file) -> {
          byte[] content = file.type == 'l' ? file.target.getBytes(ISO_8859_1) : file.content;
          int links = (int) files.values().stream().filter(other -> other == file).count();
          long[] ids = {file.uid, file.gid};
          visitor.visit(path, file.type, file.mode, ids, file.mtime, content, links);
        });
  }

  private void change() {
    String parent = randomDirectory();
    String path = (parent.isEmpty() ? "" : parent + "/") + NAMES.charAt(random.nextInt(5));
    File there = files.get(path);
    switch (random.nextInt(7)) {
      case 0 -> removeTree(path);
      case 1 -> makeDirectory(path, there);
      case 2 -> put(path, file('l', new byte[0], "some/" + random.nextInt(1000)));
      case 3 -> link(path);
      case 4 -> changeMode(there);
      default -> put(path, file('f', randomContent(), ""));
    }
  }

  private String randomDirectory() {
    List<String> directories = new ArrayList<>(List.of(""));
    files.forEach(
        (path, file) -> {
          if (file.type == 'd' && path.length() < 9) {
            directories.add(path);
          }
        });
    return directories.get(random.nextInt(directories.size()));
  }

  private byte[] randomContent() {
    int[] sizes = {0, 1, 100, 3000, 4096, 5000, 20_000};
    byte[] content = new byte[sizes[random.nextInt(sizes.length)]];
    random.nextBytes(content);
    return content;
  }

  private File file(char type, byte[] content, String target) {
    int mode = type == 'l' ? 0777 : random.nextInt(010000);
    return new File(
        type,
        mode,
        random.nextInt(70_000),
        random.nextInt(70_000),
        random.nextInt(2_000_000_000),
        random.nextInt(1_000_000_000),
        content,
        target);
  }

  private void removeTree(String path) {
    files.keySet().removeIf(other -> other.equals(path) || other.startsWith(path + "/"));
    remadeDirectories.removeIf(other -> other.equals(path) || other.startsWith(path + "/"));
  }

  private void put(String path, File file) {
    removeTree(path);
    files.put(path, file);
  }

  private void makeDirectory(String path, @Nullable File there) {
    boolean remade = there != null && there.type == 'd';
    put(path, file('d', new byte[0], ""));
    if (remade) {
      remadeDirectories.add(path);
    }
  }

  private void link(String path) {
    List<File> targets = new ArrayList<>();
    files.forEach(
        (other, file) -> {
          if (file.type == 'f' && !other.equals(path) && !other.startsWith(path + "/")) {
            targets.add(file);
          }
        });
    if (!targets.isEmpty()) {
      put(path, targets.get(random.nextInt(targets.size())));
    }
  }

  private void changeMode(@Nullable File there) {
    if (there != null && there.type != 'l') {
      File changed = file(there.type, there.content, there.target);
      files.replaceAll((other, file) -> file == there ? changed : file);
    }
  }

  private byte[] layer(Map<String, File> before) {
    TarBuilder tar = new TarBuilder();
    for (String path : before.keySet()) {
      String parent = parent(path);
      boolean parentStays =
          parent.isEmpty() || isDirectory(files, parent) && !remadeDirectories.contains(parent);
      if (!files.containsKey(path) && parentStays) {
        tar.file(in(parent, ".wh." + name(path)), "");
      }
    }
    Set<File> written = new HashSet<>();
    for (Map.Entry<String, File> entry : files.entrySet()) {
      String path = entry.getKey();
      File file = entry.getValue();
      if (before.get(path) == file && !belowRemade(path)) {
        continue;
      }
      String other = file.type == 'f' ? otherName(path, file, before, written) : "";
      if (other.isEmpty()) {
        write(tar, path, file);
        written.add(file);
      } else {
        tar.hardLink(path, other);
      }
      if (remadeDirectories.contains(path) && isDirectory(before, path)) {
        tar.file(in(path, ".wh..wh..opq"), "");
      }
    }
    return tar.build();
  }

  private boolean belowRemade(String path) {
    return remadeDirectories.stream().anyMatch(remade -> path.startsWith(remade + "/"));
  }

  /** A name of the file that is there when the layer's member for the path is read. */
  private String otherName(String path, File file, Map<String, File> before, Set<File> written) {
    for (Map.Entry<String, File> entry : files.entrySet()) {
      String other = entry.getKey();
      boolean untouched = before.get(other) == file && !belowRemade(other);
      boolean earlier = other.compareTo(path) < 0 && written.contains(file);
      if (entry.getValue() == file && !other.equals(path) && (untouched || earlier)) {
        return other;
      }
    }
    return "";
  }

  private static void write(TarBuilder tar, String path, File file) {
    tar.owner(file.uid, file.gid);
    tar.pax("mtime", file.mtime + "." + String.format("%09d", file.nanos));
    char type = file.type == 'f' ? '0' : file.type == 'l' ? '2' : '5';
    tar.member(path, type, file.mode, file.content.length, file.target);
    tar.data(file.content);
  }

  private static boolean isDirectory(Map<String, File> files, String path) {
    File file = files.get(path);
    return file != null && file.type == 'd';
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static String in(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  /** One line a file, with all that an image must keep. */
  static String describe(
      char type, int mode, long uid, long gid, long mtime, int nanos, byte[] content) {
    return type
        + " "
        + Integer.toOctalString(mode)
        + " "
        + uid
        + ":"
        + gid
        + " "
        + mtime
        + "."
        + nanos
        + " "
        + (content.length > 40 ? Arrays.hashCode(content) : new String(content, ISO_8859_1));
  }

  /** The files in the end, each with its description and its other names. */
  Map<String, String> expected() {
    Map<String, String> expected = new TreeMap<>();
    files.forEach(
        (path, file) -> {
          byte[] content = file.type == 'l' ? file.target.getBytes(ISO_8859_1) : file.content;
          List<String> names = new ArrayList<>();
          files.forEach(
              (other, same) -> {
                if (same == file) {
                  names.add(other);
                }
              });
          expected.put(
              path,
              describe(file.type, file.mode, file.uid, file.gid, file.mtime, file.nanos, content)
                  + " "
                  + names);
        });
    return expected;
  }
}
