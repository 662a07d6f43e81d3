package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.proto.Directory;
import io.boxlite.internal.guest.proto.FileEntry;
import io.grpc.StatusException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads files of this machine for a guest: an entry, then its data or its own entries. */
final class TreeSender {
  private static final int CHUNK = 128 << 10;
  private static final int PERMISSIONS = 07777;

  private final TreeSink sink;
  private final FileModes modes;
  private final byte[] buffer = new byte[CHUNK];
  private Path current;

  TreeSender(TreeSink sink, Path source, FileModes modes) {
    this.sink = sink;
    this.modes = modes;
    current = source;
  }

  /** Returns what was being read last, for messages. */
  Path current() {
    return current;
  }

  /**
   * Sends everything. If the source itself is a link, it is followed; links below it are sent as
   * links.
   */
  void send() throws IOException, StatusException, InterruptedException {
    Path source = current;
    Attributes found = attributes(source);
    if (!found.isFile() && !found.isDirectory()) {
      throw new IOException("it is neither a file nor a directory");
    }
    send(source, found, FileEntry.newBuilder());
  }

  private void send(Path path, Attributes found, FileEntry.Builder entry)
      throws IOException, StatusException, InterruptedException {
    int mode = found.mode();
    entry.setMode(
        found.isDirectory() ? modes.ofDirectory(mode) : found.isFile() ? modes.ofFile(mode) : mode);
    if (found.isDirectory()) {
      sink.entry(entry.setDirectory(Directory.getDefaultInstance()));
      sendEntries(path);
      sink.directoryEnd();
    } else if (found.isFile()) {
      try (InputStream file = Files.newInputStream(path)) {
        sink.entry(entry.setFileSize(found.size()));
        sendData(file, found.size());
      }
    } else if (found.isLink()) {
      byte[] target = RawName.ofLink(Files.readSymbolicLink(path));
      sink.entry(entry.setLink(ByteString.copyFrom(target)));
    }
  }

  private void sendEntries(Path directory)
      throws IOException, StatusException, InterruptedException {
    for (Path path : entries(directory)) {
      current = path;
      FileEntry.Builder entry =
          FileEntry.newBuilder().setName(ByteString.copyFrom(RawName.of(path)));
      send(path, attributes(path, LinkOption.NOFOLLOW_LINKS), entry);
    }
  }

  /** Sorts entries, so that the same files are always sent in the same order. */
  private static List<Path> entries(Path directory) throws IOException {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(paths::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(paths);
    return paths;
  }

  private void sendData(InputStream file, long size)
      throws IOException, StatusException, InterruptedException {
    long left = size;
    while (left > 0) {
      int count = file.read(buffer, 0, (int) Math.min(left, CHUNK));
      if (count < 0) {
        throw new IOException("it was " + size + " bytes long and became shorter while being read");
      }
      sink.data(ByteString.copyFrom(buffer, 0, count));
      left -= count;
    }
  }

  private record Attributes(PosixFileAttributes posix, int mode) {
    boolean isFile() {
      return posix.isRegularFile();
    }

    boolean isDirectory() {
      return posix.isDirectory();
    }

    boolean isLink() {
      return posix.isSymbolicLink();
    }

    long size() {
      return posix.size();
    }
  }

  private static Attributes attributes(Path path, LinkOption... options) throws IOException {
    PosixFileAttributes posix = Files.readAttributes(path, PosixFileAttributes.class, options);
    Object mode = Files.getAttribute(path, "unix:mode", options);
    return new Attributes(posix, (int) mode & PERMISSIONS);
  }
}
