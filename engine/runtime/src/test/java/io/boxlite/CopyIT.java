package io.boxlite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.boxlite.internal.host.FileTree;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files into a box and out of it; each test has its own directory in the one box. */
@Timeout(180)
class CopyIT extends OneBox {
  @TempDir private Path host;

  CopyIT() {
    super(BoxOptions.builder().diskMib(64).build());
  }

  /** JUnit, too, would delete it, but with a warning for each link that leads out of it. */
  @AfterEach
  void clearAway() throws IOException {
    FileTree.delete(host);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 131072, 131073, 3_000_000})
  void aFileComesBackAsItWent(int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    Path file = Files.write(host.resolve("in" + size), bytes);
    box.copyIn(file, "/size/deep/er/" + size);
    assertThat(box.readFile("/size/deep/er/" + size)).isEqualTo(bytes);
    Path back = host.resolve("new/directory/back" + size);
    box.copyOut("/size/deep/er/" + size, back);
    assertThat(Files.readAllBytes(back)).isEqualTo(bytes);
  }

  @Test
  void aTreeIsGivenToAUserWithModesOfItsOwn() throws IOException {
    Path tree = Files.createDirectories(host.resolve("given"));
    write(tree.resolve("run.sh"), "#!/bin/sh\n", "rwx------");
    write(tree.resolve("sub/in.txt"), "3 4\n", "rw-r--r--");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("run.sh"));
    box.exec("mkdir", "-p", "/given/sub");
    FileAttributes nobody = FileAttributes.unchanged().owner("nobody");
    box.copyIn(tree, "/given", nobody.mode(04640).directoryMode(0710));
    box.copyIn(tree, "/given/new/copy", nobody.owner("1000:1001"));
    assertThat(attributes("/given", "/given/sub")).isEqualTo("0:0 755\n0:0 755\n");
    assertThat(attributes("/given/run.sh", "/given/sub/in.txt", "/given/link"))
        .isEqualTo("65534:65534 4640\n65534:65534 4640\n65534:65534 777\n");
    assertThat(attributes("/given/new", "/given/new/copy", "/given/new/copy/run.sh"))
        .isEqualTo("1000:1001 755\n1000:1001 755\n1000:1001 700\n");
  }

  @Test
  void aFileIsWrittenForAUserWithAModeOfItsOwn() {
    FileAttributes attributes = FileAttributes.unchanged();
    byte[] text = "text".getBytes(UTF_8);
    box.writeFile("/written/a/secret", text, attributes.owner("nobody").mode(0600));
    assertThat(attributes("/written/a", "/written/a/secret"))
        .isEqualTo("65534:65534 755\n65534:65534 600\n");
    assertThat(box.exec(Command.of("cat", "/written/a/secret").user("nobody")).stdout())
        .isEqualTo("text");
    assertThat(box.exec(Command.of("cat", "/written/a/secret").user("1000")).exitCode())
        .isNotZero();
    box.writeFile("/written/a/secret", text);
    assertThat(attributes("/written/a/secret")).isEqualTo("65534:65534 600\n");
    box.writeFile("/written/a/secret", text, attributes.owner("0:0"));
    assertThat(attributes("/written/a/secret")).isEqualTo("0:0 600\n");
    box.writeFile("/written/a/secret", text, attributes.mode(0444));
    assertThat(attributes("/written/a/secret")).isEqualTo("0:0 444\n");
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.writeFile("/written/b", text, attributes.owner("nosuchuser")))
        .withMessageContaining("cannot write /written/b")
        .withMessageContaining("no user \"nosuchuser\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> attributes.mode(010000))
        .withMessageContaining("mode is 4096");
  }

  /** Owner, group and mode, a line each. */
  private String attributes(String... paths) {
    Stream<String> stat = Stream.of("stat", "-c", "%u:%g %a");
    return box.exec(Stream.concat(stat, Stream.of(paths)).toArray(String[]::new)).stdout();
  }

  @Test
  void aTreeComesBackAsItWent() throws IOException {
    Path tree = Files.createDirectories(host.resolve("tree"));
    write(tree.resolve("run.sh"), "#!/bin/sh\necho it runs\n", "rwxr-x---");
    write(tree.resolve("sub/a ? and %41"), "named oddly", "rw-------");
    Files.createDirectories(tree.resolve("sub/empty"));
    Files.setPosixFilePermissions(
        tree.resolve("sub"), PosixFilePermissions.fromString("r-xr-x--x"));
    Files.createSymbolicLink(tree.resolve("relative"), Path.of("sub/../run.sh"));
    Files.createSymbolicLink(tree.resolve("absolute"), Path.of("/no/where"));
    for (int i = 0; i < 300; i++) {
      Files.writeString(tree.resolve("many" + i), "file " + i);
    }
    box.copyIn(tree, "/tree");
    assertThat(sh("/tree/run.sh; /tree/relative; stat -c '%a %u:%g' /tree/run.sh /tree/sub"))
        .isEqualTo("it runs\nit runs\n750 0:0\n551 0:0\n");
    assertThat(sh("readlink /tree/absolute; cat '/tree/sub/a ? and %41'; ls /tree | wc -l"))
        .isEqualTo("/no/where\nnamed oddly304\n");
    Path back = host.resolve("back");
    box.copyOut("/tree", back);
    assertThat(listing(back)).isEqualTo(listing(tree)).hasSize(307);
  }

  @Test
  void namesGoBothWaysByteByByte() {
    sh("mkdir /names; touch /names/größe; touch \"/names/$(printf '\\377\\001')\"");
    box.copyOut("/names", host.resolve("names"));
    box.copyIn(host.resolve("names"), "/again");
    // Not ls: it shows question marks.
    assertThat(sh("cd /again; printf '%s\\n' * | od -c"))
        .isEqualTo(sh("cd /names; printf '%s\\n' * | od -c"))
        .contains("377 001", "303 266");
  }

  @Test
  void aTargetThatEndsWithASlashIsTheDirectoryToPutItInto() throws IOException {
    Path file = Files.writeString(host.resolve("name.txt"), "x");
    box.copyIn(file, "/put/into/");
    assertThat(box.readFile("/put/into/name.txt")).asString(UTF_8).isEqualTo("x");
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.copyIn(file, "/put/into"))
        .withMessageContaining("as /put/into: in the box, /put/into: is a directory");
  }

  @Test
  void aDirectoryIsAddedToAndWhatItReplacesIsReplaced() throws IOException {
    sh(
        "mkdir -p /add/d; echo old > /add/old; echo old > /add/both; ln -s /add/old /add/link;"
            + " mkfifo /add/pipe; chmod 711 /add; ln -s d /add/way");
    Path tree = Files.createDirectories(host.resolve("added/way"));
    Files.writeString(tree.resolve("through"), "arrived");
    for (String name : new String[] {"both", "link", "pipe"}) {
      Files.writeString(host.resolve("added").resolve(name), "new");
    }
    box.copyIn(host.resolve("added"), "/add");
    assertThat(sh("cd /add; cat old both link pipe d/through; stat -c %a . ; ls -l link | cut -c1"))
        .isEqualTo("old\nnewnewnewarrived711\n-\n");
  }

  @Test
  void aFileIsWrittenAndReadWithoutTheHostsDisk() {
    box.writeFile("/w/new/file", "first, and longer".getBytes(UTF_8));
    assertThat(sh("stat -c %a /w/new/file; chmod 751 /w/new/file; chown 7:8 /w/new/file"))
        .isEqualTo("644\n");
    box.writeFile("/w/new/file", "second".getBytes(UTF_8));
    assertThat(sh("stat -c '%a %u:%g' /w/new/file; cat /w/new/file")).isEqualTo("751 7:8\nsecond");
    sh("ln -s /w/new/file /w/link");
    box.writeFile("/w/link", new byte[0]);
    assertThat(box.readFile("/w/new/file")).isEmpty();
    assertThat(box.readFile("/proc/cpuinfo")).asString(UTF_8).contains("processor");
  }

  @Test
  void linksAreResolvedInsideTheBox() throws IOException {
    sh(
        "mkdir -p /in; ln -s ../../../../../../etc /in/up; ln -s /etc /in/root;"
            + " ln -s /proc/1/root /in/init; ln -s /proc/1/exe /in/exe; ln -s loop /in/loop");
    box.writeFile("/in/up/by-link", "1".getBytes(UTF_8));
    box.writeFile("/in/../../../etc/by-dots", "2".getBytes(UTF_8));
    Path tree = Files.createDirectories(host.resolve("links/root"));
    Files.writeString(tree.resolve("by-tree"), "3");
    box.copyIn(host.resolve("links"), "/in");
    assertThat(sh("cat /etc/by-link /etc/by-dots /etc/by-tree")).isEqualTo("123");
    assertThat(box.readFile("/in/up/../etc/by-link")).asString(UTF_8).isEqualTo("1");
    for (String path : new String[] {"/in/init/init", "/in/exe", "/in/loop"}) {
      assertThatExceptionOfType(BoxliteException.class)
          .isThrownBy(() -> box.readFile(path))
          .withMessageContaining(path + ": too many levels of symbolic links");
    }
  }

  @Test
  void copyingOutTakesNeitherMountsNorDevicesNorPipes() throws IOException {
    sh("mkdir -p /odd/d; mkfifo /odd/pipe; ln -s /etc /odd/link; echo x > /odd/file");
    Path odd = host.resolve("odd");
    box.copyOut("/odd", odd);
    assertThat(listing(odd).keySet()).containsExactlyInAnyOrder("", "d", "link", "file");
    Path root = host.resolve("root");
    box.copyOut("/", root);
    assertThat(root.resolve("proc")).isEmptyDirectory();
    assertThat(root.resolve("sys")).isEmptyDirectory();
    assertThat(root.resolve("bin/busybox")).isRegularFile();
    assertThat(root.resolve("odd/file")).hasContent("x\n");
  }

  @Test
  void whatIsNotThereIsNamed() {
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.readFile("/no/file"))
        .withMessageContaining("cannot read /no/file in box " + box.id())
        .withMessageEndingWith("/no/file: no such file or directory");
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.copyOut("/no/file", host.resolve("never")))
        .withMessageContaining("/no/file: no such file or directory");
    assertThat(host.resolve("never")).doesNotExist();
    Path gone = host.resolve("gone");
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.copyIn(gone, "/gone"))
        .withMessageEndingWith(gone + " does not exist or was removed");
    assertThat(sh("ls /gone 2>&1")).contains("No such file");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.readFile("relative"))
        .withMessageContaining("path is \"relative\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/bin", "/dev/zero", "/dev/null"})
  void whatIsNoFileIsNotRead(String path) {
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.readFile(path))
        .withMessageContaining(path);
  }

  @Test
  void aFileTooLongForMemoryIsRefused() throws IOException {
    sh("truncate -s 65M /long");
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.readFile("/long"))
        .withMessageContaining("/long: the files have more than 67108864 bytes including this one");
    sh("truncate -s 900G /huge");
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.copyOut("/huge", host.resolve("huge")))
        .withMessageContaining("/huge: the files have more than");
    sh("rm /long /huge");
  }

  @Test
  void aFileTooLargeForTheDiskIsRefusedBeforeItIsWritten() throws IOException {
    Path sparse = host.resolve("sparse");
    try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.copyIn(sparse, "/sparse"))
        .withMessageContaining("/sparse: no space left on the box's disk");
    assertThat(sh("echo fine > /still; cat /still")).isEqualTo("fine\n");
  }

  @Test
  void theRootOfABoxCanBeAddedTo() throws IOException {
    Path tree = Files.createDirectories(host.resolve("overlay/etc"));
    Files.writeString(tree.resolve("added"), "yes");
    Files.writeString(tree.resolve("hosts"), "192.0.2.9 other\n");
    box.copyIn(host.resolve("overlay"), "/.");
    assertThat(sh("cat /etc/hosts /etc/added; test -f /etc/passwd && stat -c %a /"))
        .isEqualTo("192.0.2.9 other\nyes755\n");
  }

  private String sh(String script) {
    ExecResult result = box.exec("sh", "-c", script);
    return result.stdout() + result.stderr();
  }

  private static void write(Path path, String content, String mode) throws IOException {
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  /** Names with kind, mode and content. */
  private static Map<String, String> listing(Path tree) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      return paths.collect(
          Collectors.toMap(path -> tree.relativize(path).toString(), CopyIT::describe));
    }
  }

  private static String describe(Path path) {
    try {
      if (Files.isSymbolicLink(path)) {
        return "link to " + Files.readSymbolicLink(path);
      }
      String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
      return mode + (Files.isDirectory(path) ? "" : Files.readString(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
