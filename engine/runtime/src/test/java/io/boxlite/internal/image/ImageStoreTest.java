package io.boxlite.internal.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.boxlite.BoxliteException;
import io.boxlite.ImageInfo;
import io.boxlite.ImageNotFoundException;
import io.boxlite.PullListener;
import io.boxlite.PullPolicy;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.LockFile;
import io.boxlite.internal.host.cache.CacheDirectory;
import io.boxlite.internal.host.settings.ProxySettings;
import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.image.erofs.ErofsReader;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageStoreTest {
  private static final PullPolicy IF_MISSING = PullPolicy.IF_MISSING;

  @TempDir Path directory;

  private Path home;
  private ImageStore store;
  private TestLayout layout;

  @BeforeEach
  void openStore() {
    home = directory.resolve("home");
    store = ImageStore.open(home);
    layout = TestLayout.ofTwoLayers(directory.resolve("layout"));
  }

  @Test
  void makesARootImageOfAnOciLayout() {
    layout
        .execution(
            "{\"Env\":[\"PATH=/bin\",\"EMPTY=\",\"malformed\",\"A=b=c\"],\"User\":\"1000:1000\","
                + "\"WorkingDir\":\"/work\",\"Entrypoint\":[\"sh\"],\"Cmd\":[\"-c\",\"x\"]}")
        .index(layout.manifest());

    RootImage image = store.rootImage("oci:" + directory.resolve("layout"), IF_MISSING);

    assertThat(image.file()).isRegularFile().hasParent(home.resolve("rootfs"));
    assertThat(image.digest()).startsWith("sha256:");
    ImageConfig config = image.config();
    assertThat(config.environment())
        .containsExactly(Map.entry("PATH", "/bin"), Map.entry("EMPTY", ""), Map.entry("A", "b=c"));
    assertThat(config.user()).contains("1000:1000");
    assertThat(config.workingDir()).contains("/work");
    assertThat(config.entrypoint()).containsExactly("sh");
    assertThat(config.cmd()).containsExactly("-c", "x");
    try (ErofsReader root = new ErofsReader(image.file())) {
      assertThat(root.paths()).containsExactly("etc/", "etc/a");
      assertThat(root.get("etc/a").text()).isEqualTo("upper");
    }
  }

  @Test
  void makesARootImageOfARootFileSystem() throws IOException {
    byte[] archive = new TarBuilder().file("a", "x").build();
    for (byte[] stored : List.of(archive, TestLayout.gzip(archive))) {
      Path file = Files.write(directory.resolve("rootfs"), stored);
      RootImage image = store.rootImage("rootfs:" + file, IF_MISSING);
      assertThat(image.digest()).isEqualTo(Digest.of(stored).toString());
      assertThat(image.config()).isEqualTo(ImageConfig.EMPTY);
      try (ErofsReader root = new ErofsReader(image.file())) {
        assertThat(root.paths()).containsExactly("a");
      }
    }
  }

  @Test
  void findsAnImportedImageByItsNameWhenTheSourceIsGone() throws IOException {
    layout.execution("{\"User\":\"me\"}").index(layout.manifest());
    Path source = directory.resolve("layout");
    RootImage direct = store.rootImage("oci:" + source, IF_MISSING);
    store.importImage("oci:" + source, "judge/python:slim");
    deleteTree(source);

    ImageStore other = ImageStore.open(home);
    RootImage image = other.rootImage("judge/python:slim", PullPolicy.NEVER);
    assertSame(image, direct);
    assertThat(image.config().user()).contains("me");
    assertThat(other.list()).containsExactly("judge/python:slim");
    assertSame(other.rootImage("judge/python@" + image.digest(), IF_MISSING), direct);
    assertNotFound("python@" + image.digest(), "is not in the store");
  }

  @Test
  void importsRootFileSystemsAndDockerArchivesAsOciImages() throws IOException {
    byte[] archive = new TarBuilder().file("a", "x").build();
    Path rootfs = Files.write(directory.resolve("rootfs.tar.gz"), TestLayout.gzip(archive));
    store.importImage("rootfs:" + rootfs, "plain");
    layout.index(TestLayout.with(layout.manifest(), annotation("x")));
    Path docker = directory.resolve("docker.tar");
    HostTool.run(
        "skopeo",
        "copy",
        "-q",
        "oci:" + directory.resolve("layout") + ":x",
        "docker-archive:" + docker);
    store.importImage("docker-archive:" + docker, "from/docker:1");

    assertThat(store.list()).containsExactly("from/docker:1", "plain:latest");
    assertThat(paths("plain")).containsExactly("a");
    assertThat(paths("library/plain:latest")).containsExactly("a");
    assertThat(paths("from/docker:1")).containsExactly("etc/", "etc/a");
  }

  @Test
  void keepsALayoutThatOtherToolsCanRead() throws IOException {
    Path rootfs =
        Files.write(directory.resolve("rootfs.tar"), new TarBuilder().file("a", "x").build());
    store.importImage("rootfs:" + rootfs, "plain:1");

    String reference = "oci:" + home.resolve("images") + ":plain:1";
    assertThat(HostTool.run("skopeo", "inspect", reference)).contains("sha256:");
    Path copy = directory.resolve("copy");
    HostTool.run("skopeo", "copy", "-q", reference, "oci:" + copy + ":c");
    assertThat(paths("oci:" + copy + ":c")).containsExactly("a");
  }

  @Test
  void givesANameToTheLastImageImportedUnderIt() throws IOException {
    for (String content : List.of("first", "second")) {
      Path rootfs =
          Files.write(directory.resolve("rootfs.tar"), new TarBuilder().file(content, "").build());
      store.importImage("rootfs:" + rootfs, "app");
      assertThat(paths("app")).containsExactly(content);
    }
    assertThat(store.list()).containsExactly("app:latest");
  }

  @Test
  void seesThatAnArchiveHasChanged() throws IOException {
    for (String content : List.of("first", "second")) {
      Path rootfs =
          Files.write(directory.resolve("rootfs.tar"), new TarBuilder().file(content, "").build());
      assertThat(paths("rootfs:" + rootfs)).containsExactly(content);
    }
  }

  @Test
  void makesAnImageOnce() throws IOException {
    layout.index(layout.manifest());
    RootImage first = store.rootImage("oci:" + directory.resolve("layout"), IF_MISSING);
    Object inode = Files.getAttribute(first.file(), "unix:ino");
    Files.delete(layout.layerFile(0));

    RootImage second = store.rootImage("oci:" + directory.resolve("layout"), IF_MISSING);
    assertSame(second, first);
    assertThat(Files.getAttribute(second.file(), "unix:ino")).isEqualTo(inode);
  }

  @Test
  void makesAnImageOnceForManyAskersAtTheSameTime() throws Exception {
    TarBuilder large = new TarBuilder();
    for (int i = 0; i < 2000; i++) {
      large.file("f" + i, new byte[5000]);
    }
    Path rootfs = Files.write(directory.resolve("rootfs.tar"), large.build());
    ExecutorService askers = Executors.newFixedThreadPool(8);
    try {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<Object>> inodes = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        ImageStore own = ImageStore.open(home);
        inodes.add(
            askers.submit(
                () -> {
                  start.await();
                  RootImage image = own.rootImage("rootfs:" + rootfs, IF_MISSING);
                  return Files.getAttribute(image.file(), "unix:ino");
                }));
      }
      start.countDown();
      Set<Object> distinct = new HashSet<>();
      for (Future<Object> inode : inodes) {
        distinct.add(inode.get(60, TimeUnit.SECONDS));
      }
      assertThat(distinct).hasSize(1);
    } finally {
      askers.shutdownNow();
    }
    assertThat(filesIn("rootfs")).allMatch(name -> name.endsWith(".erofs")).hasSize(1);
  }

  @Test
  void whatAnOpenRootImageLeadsToIsNotPruned() throws IOException {
    layout.index(layout.manifest());
    CacheDirectory cache = ImageStore.rootImageCache(Home.open(home));
    RootImage image = store.rootImage("oci:" + directory.resolve("layout"), IF_MISSING);
    CacheDirectory.prune(0, List.of(cache));
    assertThat(image.file()).exists();
    image.close();
    image.close();
    CacheDirectory.prune(0, List.of(cache));
    assertThat(image.file()).doesNotExist();
    assertThat(store.rootImage("oci:" + directory.resolve("layout"), IF_MISSING).file()).exists();
  }

  @Test
  void tellsOfEachRootImageThatItMade() throws IOException {
    AtomicInteger made = new AtomicInteger();
    layout.index(layout.manifest());
    ImageStore telling =
        ImageStore.open(
            home, RegistrySettings.DEFAULT, ProxySettings.OF_JVM, made::incrementAndGet);
    telling.rootImage("oci:" + directory.resolve("layout"), IF_MISSING);
    telling.rootImage("oci:" + directory.resolve("layout"), IF_MISSING);
    assertThat(made).hasValue(1);
  }

  @Test
  void makesADamagedRootImageAnew() throws IOException {
    layout.index(layout.manifest());
    RootImage image = store.rootImage("oci:" + directory.resolve("layout"), IF_MISSING);
    byte[] good = Files.readAllBytes(image.file());
    Files.write(image.file(), new byte[] {1, 2, 3});

    assertSame(store.rootImage("oci:" + directory.resolve("layout"), IF_MISSING), image);
    assertThat(image.file()).hasBinaryContent(good);
  }

  @Test
  void deletesWhatADeadConverterLeft() throws IOException {
    Files.writeString(home.resolve("rootfs/dead-1.unfinished"), "half an image");
    Files.writeString(home.resolve("rootfs/dead-1.lock"), "");
    ImageStore.open(home);
    assertThat(filesIn("rootfs")).isEmpty();
  }

  @Test
  void leavesALivingConverterAlone() throws IOException {
    Path unfinished = Files.writeString(home.resolve("rootfs/alive-1.unfinished"), "half");
    try (var lock = LockFile.tryExclusive(home.resolve("rootfs/alive-1.lock")).orElseThrow()) {
      ImageStore.open(home);
      assertThat(unfinished).exists();
      assertThat(lock.file()).exists();
    }
  }

  @Test
  void saysThatAnImageIsNotInTheStoreAndHowToImportIt() {
    assertNotFound(
        "python:slim",
        "image python:slim is not in the store, which has no images; pull it with"
            + " images().pull(\"python:slim\") or use another pull policy than never, or import it,"
            + " for instance with images().importImage(\"oci:DIR\", \"python:slim\")");
    layout.index(layout.manifest());
    store.importImage("oci:" + directory.resolve("layout"), "other");
    assertNotFound("python:slim", "which has [other:latest]");
  }

  @Test
  void looksAtImagesOfTheStoreAndOfLocalSources() throws IOException {
    layout
        .execution("{\"User\":\"me\",\"Env\":[\"A=b\"],\"WorkingDir\":\"/w\",\"Cmd\":[\"c\"]}")
        .index(layout.manifest());
    String source = "oci:" + directory.resolve("layout");
    store.importImage(source, "app");

    ImageInfo image = store.inspect("library/app");
    assertThat(image.reference()).isEqualTo("app:latest");
    assertThat(image.layers())
        .containsExactly(
            "sha256:" + layout.layerFile(0).getFileName(),
            "sha256:" + layout.layerFile(1).getFileName());
    assertThat(image.sizeBytes())
        .isEqualTo(Files.size(layout.layerFile(0)) + Files.size(layout.layerFile(1)));
    assertThat(image.environment()).containsExactly(Map.entry("A", "b"));
    assertThat(image.workingDir()).contains("/w");
    assertThat(image.user()).contains("me");
    assertThat(image.entrypoint()).isEmpty();
    assertThat(image.cmd()).containsExactly("c");
    assertThat(store.inspect(source))
        .usingRecursiveComparison()
        .ignoringFields("reference")
        .isEqualTo(image);
    assertThat(store.pull(source, PullPolicy.ALWAYS, PullListener.NONE).reference())
        .isEqualTo(source);
  }

  @Test
  void refusesToImportWhatIsNoLocalSourceOrUnderWhatIsNoName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.importImage("python:slim", "python:slim"))
        .withMessageContaining("source is \"python:slim\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.importImage("rootfs:a.tar", "Bad Name"))
        .withMessageContaining("\"Bad Name\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.importImage("rootfs:a.tar", "a@sha256:" + "0".repeat(64)))
        .withMessageContaining("leave out the digest");
  }

  @Test
  void saysHowToPackADirectory() {
    assertNotFound("rootfs:" + directory, "is a directory; pack it with: tar -C " + directory);
  }

  @Test
  void saysWhereTheBuiltInImageShouldComeFrom() {
    if (ImageStore.class.getResource("/io/boxlite/guest/linux-x86_64/default-image.tar") != null) {
      RootImage image = store.builtInRootImage();
      assertThat(image.file()).isRegularFile();
      assertSame(store.builtInRootImage(), image);
    } else {
      assertThatExceptionOfType(BoxliteException.class)
          .isThrownBy(store::builtInRootImage)
          .withMessageContaining("boxlite-guest-linux-x86_64");
    }
  }

  private List<String> paths(String reference) {
    RootImage image = store.rootImage(reference, IF_MISSING);
    try (ErofsReader root = new ErofsReader(image.file())) {
      return root.paths();
    }
  }

  private static void assertSame(RootImage actual, RootImage expected) {
    assertThat(actual.file()).isEqualTo(expected.file());
    assertThat(actual.digest()).isEqualTo(expected.digest());
    assertThat(actual.config()).isEqualTo(expected.config());
  }

  private void assertNotFound(String reference, String message) {
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> store.rootImage(reference, PullPolicy.NEVER))
        .withMessageContaining(message);
  }

  private Set<String> filesIn(String name) throws IOException {
    try (Stream<Path> files = Files.list(home.resolve(name))) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(file -> !file.endsWith(".use"))
          .collect(Collectors.toSet());
    }
  }

  private static String annotation(String name) {
    return "\"annotations\":{\"org.opencontainers.image.ref.name\":\"" + name + "\"}";
  }

  private static void deleteTree(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
