package io.boxlite.internal.image.source;

import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.image.layer.Compression;
import io.boxlite.internal.image.layer.Layer;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.tar.ByteString;
import io.boxlite.internal.image.tar.TarEntry;
import io.boxlite.internal.image.tar.TarReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The positions of the members of an archive. Links are followed, since Docker stores a layer once
 * and links to it.
 *
 * <p>An archive that is compressed as a whole must be decompressed from its start for every read,
 * so its small members, which include the documents, are kept in memory.
 */
final class ArchiveMembers {
  private static final int MAX_MEMBERS = 100_000;
  private static final int MAX_LINKS = 8;
  private static final int MAX_KEPT = 256 << 10;
  private static final int MAX_ALL_KEPT = 8 << 20;

  /** The data of a member. */
  record Region(long size, Layer.Blob content) implements Layer.Blob {
    @Override
    public InputStream open() throws IOException {
      return content.open();
    }
  }

  private record Member(Region region, @Nullable String target) {}

  private final Path file;
  private final boolean compressed;
  private final String archive;
  private final Map<String, Member> members = new HashMap<>();
  private int kept;

  private ArchiveMembers(Path file, boolean compressed, String archive) {
    this.file = file;
    this.compressed = compressed;
    this.archive = archive;
  }

  /**
   * Reads all headers of an archive. Those of a compressed archive are cached until the file
   * changes.
   *
   * @param name the name for messages
   */
  static ArchiveMembers of(Path file, String name) throws IOException {
    check(file, name);
    try {
      if (Compression.of(file) == Compression.NONE) {
        return read(file, false, name);
      }
      return CompressedArchives.find(file, () -> read(file, true, name));
    } catch (ImageIntegrityException e) {
      throw new ImageIntegrityException(name + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static void check(Path file, String name) {
    if (Files.isRegularFile(file)) {
      return;
    }
    Path path = file.toAbsolutePath();
    throw new ImageNotFoundException(
        name
            + ": "
            + (Files.isDirectory(file)
                ? path
                    + " is a directory"
                    + (Files.exists(file.resolve(LayoutReader.INDEX))
                        ? " with an OCI image layout; use oci:DIR"
                        : "; an archive is a file")
                : "there is no file " + path));
  }

  private static ArchiveMembers read(Path file, boolean compressed, String name)
      throws IOException {
    ArchiveMembers found = new ArchiveMembers(file, compressed, name);
    long stored = Files.size(file);
    try (InputStream in = Compression.decompress(Files.newInputStream(file))) {
      TarReader tar = new TarReader(compressed ? Limits.DEFAULT.bound(in, stored) : in);
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        found.add(entry, found.region(tar));
      }
    }
    return found;
  }

  private Region region(TarReader tar) throws IOException {
    long size = tar.remaining();
    Layer.Blob content = new FileRegion(file, compressed, tar.position(), size);
    if (compressed && size <= MAX_KEPT && kept + size <= MAX_ALL_KEPT) {
      byte[] bytes = tar.readAllBytes();
      kept += bytes.length;
      content = () -> new ByteArrayInputStream(bytes);
    }
    return new Region(size, content);
  }

  private void add(TarEntry entry, Region region) {
    if (members.size() == MAX_MEMBERS) {
      throw new ImageIntegrityException("it has more than " + MAX_MEMBERS + " members");
    }
    String name = normalized("", entry.name());
    switch (entry.kind()) {
      case FILE -> members.put(name, new Member(region, null));
      case HARD_LINK -> members.put(name, new Member(region, normalized("", entry.linkName())));
      case SYMLINK -> {
        String directory = name.substring(0, name.lastIndexOf('/') + 1);
        members.put(name, new Member(region, normalized(directory, entry.linkName())));
      }
      default -> {}
    }
  }

  private static String normalized(String directory, String name) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : (directory + name).split("/")) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  boolean has(String name) {
    return region(name) != null;
  }

  /** Returns the data of a member, following links; null when it does not exist. */
  @Nullable Region region(String name) {
    Member member = members.get(normalized("", ByteString.utf8(name)));
    for (int i = 0; i < MAX_LINKS && member != null && member.target != null; i++) {
      member = members.get(member.target);
    }
    return member == null || member.target != null ? null : member.region;
  }

  /** Returns a member as a document; null when it does not exist. */
  @Nullable Document document(String name) throws IOException {
    Region region = region(name);
    if (region == null) {
      return null;
    }
    return Document.read(region.open(), name + " of " + archive, region.size(), null);
  }
}
