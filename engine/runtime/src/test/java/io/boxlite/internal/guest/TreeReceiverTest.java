package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.proto.Directory;
import io.boxlite.internal.guest.proto.DirectoryEnd;
import io.boxlite.internal.guest.proto.FileEntry;
import io.boxlite.internal.guest.proto.FilePart;
import io.boxlite.internal.host.FileTree;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a guest sends becomes files below one directory, and nothing outside of it changes. */
class TreeReceiverTest {
  @TempDir Path directory;
  private Path outside;
  private Path target;

  @BeforeEach
  void prepare() throws IOException {
    outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "untouched");
    target = directory.resolve("target");
  }

  @Test
  void aTreeArrivesWithModesAndLinks() throws Exception {
    receive(
        directory("", 0750),
        file("run", 04755),
        data("#!"),
        data("/bin/sh"),
        directory("sub", 0500),
        link("up", "../run"),
        file("empty", 0600),
        end(),
        link("away", "/etc/passwd"),
        end());
    assertThat(target.resolve("run")).hasContent("#!/bin/sh");
    assertThat(mode(target.resolve("run"))).isEqualTo("rwxr-xr-x");
    assertThat(mode(target)).isEqualTo("rwxr-x---");
    assertThat(mode(target.resolve("sub"))).isEqualTo("r-x------");
    assertThat(target.resolve("sub/empty")).isEmptyFile();
    assertThat(Files.readSymbolicLink(target.resolve("sub/up"))).hasToString("../run");
    assertThat(Files.readSymbolicLink(target.resolve("away"))).hasToString("/etc/passwd");
  }

  @Test
  void aFileAloneBecomesTheTarget() throws Exception {
    target = directory.resolve("new/directories/file");
    receive(file("", 0640), data("x"));
    assertThat(target).hasContent("x");
    assertThat(mode(target)).isEqualTo("rw-r-----");
    receive(file("", 0600), data("y"));
    assertThat(target).hasContent("y");
  }

  @Test
  void aDirectoryThatIsThereIsAddedTo() throws Exception {
    Files.createDirectories(target.resolve("sub"));
    Files.writeString(target.resolve("sub/old"), "old");
    Files.writeString(target.resolve("sub/both"), "something longer");
    receive(
        directory("", 0700), directory("sub", 0700), file("both", 0600), data("new"), end(), end());
    assertThat(target.resolve("sub/old")).hasContent("old");
    assertThat(target.resolve("sub/both")).hasContent("new");
  }

  @Test
  void noEntryGoesThroughALinkThatCameBefore() {
    assertThatExceptionOfType(FileAlreadyExistsException.class)
        .isThrownBy(
            () ->
                receive(
                    directory("", 0700),
                    link("door", outside.toString()),
                    directory("door", 0700),
                    file("secret", 0600)));
    untouched();
  }

  @Test
  void aFileReplacesALinkOfItsNameAndDoesNotFollowIt() throws Exception {
    receive(
        directory("", 0700),
        link("door", outside.resolve("secret").toString()),
        file("door", 0600),
        data("mine"),
        end());
    assertThat(target.resolve("door")).hasContent("mine");
    assertThat(Files.isSymbolicLink(target.resolve("door"))).isFalse();
    untouched();
  }

  @Test
  void aLinkThatIsThereIsNotFollowedEither() throws Exception {
    Files.createDirectory(target);
    Files.createSymbolicLink(target.resolve("door"), outside);
    assertThatExceptionOfType(FileAlreadyExistsException.class)
        .isThrownBy(() -> receive(directory("", 0700), directory("door", 0700)));
    receive(directory("", 0700), file("door", 0600), data("mine"), end());
    untouched();
  }

  @Test
  void aDirectoryGivesWayToNothing() throws Exception {
    Files.createDirectories(target.resolve("name"));
    for (FilePart part : List.of(file("name", 0600), link("name", "x"))) {
      assertThatExceptionOfType(FileAlreadyExistsException.class)
          .isThrownBy(() -> receive(directory("", 0700), part));
    }
  }

  @Test
  void whatBreaksTheContractIsNamed() throws IOException {
    refused("as the name of a file", directory("", 0700), file("../outside/secret", 0600));
    refused("as the name of a file", directory("", 0700), directory("..", 0700));
    refused("a link without a valid target", directory("", 0700), link("l", ""));
    refused("a link without a valid target", directory("", 0700), link("l", "a\0b"));
    refused("neither a file nor a directory", link("", "/etc"));
    refused("a name for the first file", file("name", 0600));
    refused("a file outside a directory", file("", 0600), file("b", 0600));
    refused("data without a file", data("x"));
    refused("data without a file", directory("", 0700), data("x"));
    refused("the end of a directory that was not started", file("", 0600), end());
    refused("mode 100000", directory("", 0100000));
    refused("more than the requested 100 bytes", file("", 0600), data("x".repeat(101)));
    refused("in one message", file("", 0600), data("x".repeat((1 << 20) + 1)));
    refused("an incomplete directory", directory("", 0700));
    refused("no file");
    refused("unknown kind", FilePart.getDefaultInstance());
    untouched();
  }

  @Test
  void aTreeWithoutEndIsRefused() throws IOException {
    Stream<FilePart> deep = Stream.iterate(directory("", 0700), part -> directory("d", 0700));
    refused("too many levels", deep.limit(300).toArray(FilePart[]::new));
  }

  private void refused(String why, FilePart... parts) throws IOException {
    if (Files.exists(target)) {
      FileTree.delete(target); // what the previous one has made
    }
    assertThatExceptionOfType(ProtocolViolation.class)
        .isThrownBy(() -> receive(parts))
        .withMessageContaining(why);
  }

  private void receive(FilePart... parts) throws ProtocolViolation, IOException {
    try (TreeReceiver receiver = new TreeReceiver(target, 100)) {
      for (FilePart part : parts) {
        receiver.take(part);
      }
      receiver.end();
    }
  }

  private void untouched() {
    assertThat(outside.resolve("secret")).hasContent("untouched");
    assertThat(outside).isDirectoryNotContaining(path -> !path.endsWith("secret"));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
  }

  private static FilePart directory(String name, int mode) {
    return part(entry(name, mode).setDirectory(Directory.getDefaultInstance()));
  }

  private static FilePart file(String name, int mode) {
    return part(entry(name, mode).setFileSize(0));
  }

  private static FilePart link(String name, String target) {
    return part(entry(name, 0777).setLink(ByteString.copyFromUtf8(target)));
  }

  private static FilePart data(String data) {
    return FilePart.newBuilder().setData(ByteString.copyFromUtf8(data)).build();
  }

  private static FilePart end() {
    return FilePart.newBuilder().setDirectoryEnd(DirectoryEnd.getDefaultInstance()).build();
  }

  private static FileEntry.Builder entry(String name, int mode) {
    return FileEntry.newBuilder().setName(ByteString.copyFromUtf8(name)).setMode(mode);
  }

  private static FilePart part(FileEntry.Builder entry) {
    return FilePart.newBuilder().setEntry(entry).build();
  }
}
