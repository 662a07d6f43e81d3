package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.BoxFile;
import io.boxlite.BoxliteException;
import io.boxlite.internal.guest.proto.FileEntry;
import io.boxlite.text.Sha256;
import io.grpc.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A file or directory that is in a box from its start, with a digest that identifies its content.
 *
 * @param file the file's source, and its path and attributes in the box
 * @param digest SHA-256 of all that the guest is sent: paths, modes, links and content
 */
public record PreparedFile(BoxFile file, String digest) {
  /**
   * File systems record times in ticks. A file whose last change is younger than this may change
   * again within the same tick, so its digest is not cached.
   */
  private static final Duration CLOCK_TICK = Duration.ofSeconds(2);

  private static final int MAX_CACHED = 256;

  /** Caches the digests of unchanged files, so that large ones are not read again for each box. */
  private static final Map<BoxFile, Read> CACHE =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<BoxFile, Read> eldest) {
              return size() > MAX_CACHED;
            }
          });

  private record Read(String state, String digest) {}

  /**
   * Reads a file, unless it has been read and has not changed since.
   *
   * @throws BoxliteException when it cannot be read
   */
  public static PreparedFile of(BoxFile file) {
    try {
      return read(file);
    } catch (IOException e) {
      Path source = file.source().orElseThrow();
      throw new BoxliteException(
          "cannot read " + source + " for the box: " + BoxFiles.because(source, e), e);
    }
  }

  private static PreparedFile read(BoxFile file) throws IOException {
    if (file.source().isEmpty()) {
      return new PreparedFile(file, digest(file));
    }
    Instant begin = Instant.now();
    State state = State.of(file.source().get());
    Read known = CACHE.get(file);
    if (known != null && known.state.equals(state.text)) {
      return new PreparedFile(file, known.digest);
    }
    String digest = digest(file);
    if (state.changed.isBefore(begin.minus(CLOCK_TICK))) {
      CACHE.put(file, new Read(state.text, digest));
    }
    return new PreparedFile(file, digest);
  }

  /** Returns whether the file still has this digest. */
  public boolean isUnchanged() {
    return of(file).digest.equals(digest);
  }

  private static String digest(BoxFile file) throws IOException {
    Digest digest = new Digest();
    digest.text(file.target());
    digest.text(file.attributes().owner().orElse(""));
    try {
      FileModes modes = FileModes.portable(file.attributes());
      if (file.source().isPresent()) {
        new TreeSender(digest, file.source().get(), modes).send();
      } else {
        BoxFiles.send(digest, file.content(), modes.ofFile(0));
      }
    } catch (StatusException | InterruptedException e) {
      throw new IllegalStateException("a digest accepts all data and never blocks", e);
    }
    return digest.end();
  }

  private static final class Digest implements TreeSink {
    private final MessageDigest sha256 = Sha256.start();

    void text(String text) {
      framed(ByteString.copyFromUtf8(text));
    }

    @Override
    public void entry(FileEntry.Builder entry) {
      framed(entry.build().toByteString());
    }

    /** Not framed: the entry has the size, and the division into parts must not matter. */
    @Override
    public void data(ByteString data) {
      sha256.update(data.asReadOnlyByteBuffer());
    }

    @Override
    public void directoryEnd() {
      framed(ByteString.EMPTY);
    }

    private void framed(ByteString bytes) {
      sha256.update(ByteString.copyFromUtf8(bytes.size() + ":").asReadOnlyByteBuffer());
      sha256.update(bytes.asReadOnlyByteBuffer());
    }

    String end() {
      return Sha256.hex(sha256);
    }
  }

  /** The metadata of a file or tree, which differs once any of its files has changed. */
  private record State(String text, Instant changed) {
    private static final List<String> ATTRIBUTES = List.of("ino", "dev", "mode", "size", "ctime");

    static State of(Path source) throws IOException {
      StringBuilder text = new StringBuilder();
      Instant changed = Instant.MIN;
      try (Stream<Path> files = Files.walk(source.toRealPath())) {
        for (Path file : files.sorted().toList()) {
          Map<String, Object> all =
              Files.readAttributes(
                  file, "unix:" + String.join(",", ATTRIBUTES), LinkOption.NOFOLLOW_LINKS);
          text.append(file);
          ATTRIBUTES.forEach(name -> text.append('\t').append(all.get(name)));
          text.append('\n');
          FileTime time = (FileTime) Objects.requireNonNull(all.get("ctime"));
          Instant ctime = time.toInstant();
          changed = ctime.isAfter(changed) ? ctime : changed;
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      return new State(text.toString(), changed);
    }
  }
}
