package io.boxlite.internal.image.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Caches the members of compressed archives in this JVM, so that each box does not decompress the
 * archive again.
 *
 * <p>An entry is valid as long as the file's inode, size and times are unchanged. A file that was
 * just changed is not cached, because it could change again within the resolution of the clock.
 */
final class CompressedArchives {
  private static final int MAX_ARCHIVES = 4;
  private static final Duration CLOCK_RESOLUTION = Duration.ofSeconds(2);

  private static final Map<Path, Known> known = new LinkedHashMap<>(8, 0.75f, true);

  private record Known(Map<String, Object> stat, ArchiveMembers members) {}

  interface Reader {
    ArchiveMembers read() throws IOException;
  }

  private CompressedArchives() {}

  static synchronized ArchiveMembers find(Path archive, Reader reader) throws IOException {
    Path file = archive.toAbsolutePath().normalize();
    Map<String, Object> stat = stat(file);
    Known found = known.get(file);
    if (found != null && found.stat.equals(stat)) {
      return found.members;
    }
    ArchiveMembers members = reader.read();
    known.remove(file);
    FileTime changed = (FileTime) Files.getAttribute(file, "unix:ctime");
    if (stat(file).equals(stat)
        && changed.toInstant().isBefore(Instant.now().minus(CLOCK_RESOLUTION))) {
      known.put(file, new Known(stat, members));
      while (known.size() > MAX_ARCHIVES) {
        known.remove(known.keySet().iterator().next());
      }
    }
    return members;
  }

  private static Map<String, Object> stat(Path file) throws IOException {
    return new TreeMap<>(Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime"));
  }
}
