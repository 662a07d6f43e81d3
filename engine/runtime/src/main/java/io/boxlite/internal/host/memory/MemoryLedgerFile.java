package io.boxlite.internal.host.memory;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.LockFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The claims of all JVMs that share a home directory. Each JVM has one file, which only it writes,
 * and locks while it has claims. The claims of a JVM that died therefore no longer count, even if
 * another process has been given its pid.
 *
 * <p>The methods that read or write must be called within {@link #alone}, by one thread of this JVM
 * at a time.
 */
final class MemoryLedgerFile {
  private static final String GUARD = "lock";
  private static final String SUFFIX = ".claims";

  /** The lock is held for a fraction of a millisecond. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(MemoryLedgerFile.class);

  private final Path directory;
  private final Path own;
  private final long jvm = ProcessHandle.current().pid();
  private final List<MemoryClaim> claims = new ArrayList<>();
  private @Nullable LockFile alive;

  MemoryLedgerFile(Path directory) {
    this.directory = directory;
    // Not the pid alone: several class loaders of a JVM may each have an engine.
    own = directory.resolve(jvm + "-" + UUID.randomUUID() + SUFFIX);
  }

  /** Runs an action while no other JVM reads or writes. */
  <T> T alone(Supplier<T> work) {
    LockFile lock = LockFile.exclusive(directory.resolve(GUARD), TIMEOUT);
    try {
      return work.get();
    } finally {
      lock.close();
    }
  }

  long jvm() {
    return jvm;
  }

  /** Writes a claim, replacing an earlier version of it. */
  void put(MemoryClaim claim) {
    claims.removeIf(other -> other.ticket() == claim.ticket());
    claims.add(claim);
    try {
      write();
    } catch (BoxliteException e) {
      claims.remove(claim);
      throw e;
    }
  }

  void remove(MemoryClaim claim) {
    claims.removeIf(other -> other.ticket() == claim.ticket());
    write();
  }

  /** Returns the claims of all running JVMs. */
  List<MemoryClaim> all() {
    List<MemoryClaim> all = new ArrayList<>(claims);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        if (!file.equals(own) && !deleteIfDead(file)) {
          read(file, all);
        }
      }
    } catch (IOException e) {
      throw new BoxliteException("cannot read the memory ledger " + directory + ": " + e, e);
    }
    return all;
  }

  private static boolean deleteIfDead(Path file) throws IOException {
    Optional<LockFile> dead = LockFile.tryExclusive(file);
    if (dead.isPresent()) {
      try (LockFile held = dead.get()) {
        Files.delete(held.file());
      }
    }
    return dead.isPresent();
  }

  private static void read(Path file, List<MemoryClaim> all) throws IOException {
    String name = file.getFileName().toString();
    try {
      long jvm = Long.parseLong(name.substring(0, name.indexOf('-')));
      for (String line : Files.readAllLines(file)) {
        all.add(MemoryClaim.ofLine(line, jvm));
      }
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      log.warn("ignoring {}, which is damaged: {}", file, e.toString());
    }
  }

  private void write() {
    try {
      if (claims.isEmpty()) {
        Files.deleteIfExists(own);
        if (alive != null) {
          alive.close();
          alive = null;
        }
        return;
      }
      if (alive == null) {
        alive = LockFile.exclusive(own, TIMEOUT);
      }
      StringBuilder lines = new StringBuilder();
      claims.forEach(claim -> lines.append(claim.toLine()).append('\n'));
      overwrite(lines.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new BoxliteException("cannot write the memory ledger " + own + ": " + e, e);
    }
  }

  /** Does not truncate the file first: ext4 would then write it to the disk when it is closed. */
  private void overwrite(byte[] bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(own.toFile(), "rw")) {
      file.write(bytes);
      file.setLength(bytes.length);
    }
  }
}
