package io.boxlite.internal.image.source;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.tar.ByteString;
import io.boxlite.internal.image.tar.TarEntry;
import io.boxlite.internal.image.tar.TarReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where in an archive each member's data is. Docker stores a layer once and links to it. */
final class ArchiveMembers {
  private static final int MAX_MEMBERS = 100_000;
  private static final int MAX_LINKS = 8;

  private record Member(FileRegion region, @Nullable String target) {}

  private final String archive;
  private final Map<String, Member> members = new HashMap<>();

  private ArchiveMembers(String archive) {
    this.archive = archive;
  }

  /** Reads all headers of an archive that is not compressed. */
  static ArchiveMembers of(Path file, String name) throws IOException {
    ArchiveMembers found = new ArchiveMembers(name);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      TarReader tar = new TarReader(in);
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        found.add(entry, new FileRegion(file, tar.position(), tar.remaining()));
      }
    } catch (ImageIntegrityException e) {
      throw new ImageIntegrityException(name + " cannot be used: " + e.getMessage(), e);
    }
    return found;
  }

  private void add(TarEntry entry, FileRegion region) {
    if (members.size() == MAX_MEMBERS) {
      throw new ImageIntegrityException("it has more than " + MAX_MEMBERS + " members");
    }
    String name = normalized("", entry.name());
    switch (entry.kind()) {
      case FILE -> members.put(name, new Member(region, null));
      case HARD_LINK -> members.put(name, new Member(region, normalized("", entry.linkName())));
      case SYMLINK -> {
        String folder = name.substring(0, name.lastIndexOf('/') + 1);
        members.put(name, new Member(region, normalized(folder, entry.linkName())));
      }
      default -> {}
    }
  }

  private static String normalized(String folder, String name) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : (folder + name).split("/")) {
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

  /** Finds a member's data, through links; null when there is none. */
  @Nullable FileRegion region(String name) {
    Member member = members.get(normalized("", ByteString.utf8(name)));
    for (int i = 0; i < MAX_LINKS && member != null && member.target != null; i++) {
      member = members.get(member.target);
    }
    return member == null || member.target != null ? null : member.region;
  }

  /** Reads a member as a document; null when there is none. */
  @Nullable Document document(String name) throws IOException {
    FileRegion region = region(name);
    if (region == null) {
      return null;
    }
    return Document.read(region.open(), name + " of " + archive, region.size(), null);
  }
}
