package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.BoxliteException;
import io.boxlite.text.Sha256;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestFilesTest {
  private static final Map<String, String> CONTENTS =
      Map.of(
          "vmlinux-up", "kernel",
          "vmlinux-smp", "kernels",
          "initramfs.cpio", "agent",
          "scratch.ext4", "disk",
          "default-image.tar", "image");

  @TempDir Path directory;
  private Path jar;
  private Home home;

  @BeforeEach
  void makeGuest() throws IOException {
    home = Home.open(directory.resolve("home"));
    jar = Files.createDirectories(directory.resolve("jar/io/boxlite/guest/linux-x86_64"));
    StringBuilder manifest = new StringBuilder("kernel.release=6.1.0\nagent.version=0.1.0\n");
    for (Map.Entry<String, String> file : CONTENTS.entrySet()) {
      Files.writeString(jar.resolve(file.getKey()), file.getValue());
      String digest = Sha256.hex(file.getValue());
      manifest.append(file.getKey()).append(".sha256=").append(digest).append('\n');
      manifest.append(file.getKey()).append(".size=").append(file.getValue().length()).append('\n');
    }
    Files.writeString(jar.resolve("manifest.properties"), manifest);
  }

  @Test
  void oneKernelServesAnyNumberOfProcessorsWhereThereIsNoOther() throws IOException {
    Path manifest = jar.resolve("manifest.properties");
    List<String> lines =
        Files.readAllLines(manifest).stream().filter(l -> !l.startsWith("vmlinux-up.")).toList();
    Files.write(manifest, lines);
    Files.delete(jar.resolve("vmlinux-up"));
    GuestFiles files = GuestFiles.extract(home, manifest());
    assertThat(files.kernel(1)).hasContent("kernels").isEqualTo(files.kernel(2));
    assertThat(GuestFiles.extract(home, manifest()).kernel(1)).isEqualTo(files.kernel(1));
  }

  private GuestManifest manifest() throws IOException {
    return GuestManifest.read(
        new URLClassLoader(new URL[] {directory.resolve("jar/").toUri().toURL()}, null));
  }

  @Test
  void takesTheFilesOutOfTheJar() throws IOException {
    GuestFiles files = GuestFiles.extract(home, manifest());
    assertThat(files.kernel(1)).hasContent("kernel");
    assertThat(files.kernel(2)).hasContent("kernels").isEqualTo(files.kernel(64));
    assertThat(files.initramfs()).hasContent("agent");
    assertThat(files.scratch()).hasContent("disk");
    assertThat(files.directory()).isEqualTo(home.guest().resolve(manifest().hash()));
    assertThat(files.manifest().kernelRelease()).isEqualTo("6.1.0");
    assertThat(files.manifest().agentVersion()).isEqualTo("0.1.0");
    assertThat(files.manifest().openBuiltInImage()).hasContent("image");
  }

  @Test
  void takesThemOutOnce() throws IOException {
    Path kernel = GuestFiles.extract(home, manifest()).kernel(1);
    Object first = Files.getAttribute(kernel, "unix:ino");
    GuestFiles.extract(home, manifest());
    assertThat(Files.getAttribute(kernel, "unix:ino")).isEqualTo(first);
  }

  @Test
  void mendsAFileThatWasCutShort() throws IOException {
    Path kernel = GuestFiles.extract(home, manifest()).kernel(1);
    Files.writeString(kernel, "ker");
    GuestFiles.extract(home, manifest());
    assertThat(kernel).hasContent("kernel");
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmlinux-up", "vmlinux-smp", "initramfs.cpio", "scratch.ext4"})
  void mendsAFileOfTheSameSizeWithOtherContents(String name) throws IOException {
    Path file = GuestFiles.extract(home, manifest()).directory().resolve(name);
    FileTime before = Files.getLastModifiedTime(file);
    String right = Files.readString(file);
    Files.writeString(file, "?".repeat(right.length()));
    Files.setLastModifiedTime(file, before);
    GuestFiles.extract(home, manifest());
    assertThat(file).hasContent(right);
  }

  @Test
  void aHomeThatWasCopiedIsVerifiedAndKept() throws IOException {
    Path from = GuestFiles.extract(home, manifest()).directory();
    Home copy = Home.open(directory.resolve("copy"));
    Path to = Files.createDirectory(copy.guest().resolve(manifest().hash()));
    for (String name : namesIn(from)) {
      Files.copy(from.resolve(name), to.resolve(name));
    }
    Object kernel = Files.getAttribute(to.resolve("vmlinux-up"), "unix:ino");
    assertThat(GuestFiles.extract(copy, manifest()).kernel(1)).hasContent("kernel");
    assertThat(Files.getAttribute(to.resolve("vmlinux-up"), "unix:ino")).isEqualTo(kernel);
    assertThat(Files.readString(to.resolve("verified")))
        .isNotEqualTo(Files.readString(from.resolve("verified")));
  }

  @Test
  void aLinkInAFilesPlaceIsReplaced() throws IOException {
    Path kernel = GuestFiles.extract(home, manifest()).kernel(1);
    Path elsewhere = Files.writeString(directory.resolve("elsewhere"), "kernel");
    Files.delete(kernel);
    Files.createSymbolicLink(kernel, elsewhere);
    GuestFiles.extract(home, manifest());
    assertThat(kernel).isRegularFile().hasContent("kernel");
    assertThat(Files.isSymbolicLink(kernel)).isFalse();
  }

  @Test
  void anotherGuestGetsADirectoryOfItsOwn() throws IOException {
    GuestFiles first = GuestFiles.extract(home, manifest());
    Path text = jar.resolve("manifest.properties");
    Files.writeString(text, Files.readString(text).replace("0.1.0", "0.2.0"));
    assertThat(GuestFiles.extract(home, manifest()).directory()).isNotEqualTo(first.directory());
    assertThat(first.kernel(1)).exists();
  }

  @Test
  void aFileThatDiffersFromTheManifestIsRefusedAndNothingIsPublished() throws IOException {
    Files.writeString(jar.resolve("vmlinux-up"), "KERNEL");
    GuestManifest manifest = manifest();
    assertThatThrownBy(() -> GuestFiles.extract(home, manifest))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("vmlinux-up")
        .hasMessageContaining(manifest.sha256("vmlinux-up"));
    assertThat(namesIn(home.guest())).isEmpty();
  }

  @Test
  void whatADeadJvmLeftBehindIsReplaced() throws IOException {
    for (String key : List.of(manifest().hash(), "anotherGuest")) {
      Path unfinished = Files.createDirectory(home.guest().resolve(key + ".unfinished"));
      Files.writeString(unfinished.resolve("vmlinux-up"), "half of it");
    }
    assertThat(GuestFiles.extract(home, manifest()).kernel(1)).hasContent("kernel");
    assertThat(namesIn(home.guest())).containsExactly(manifest().hash());
  }

  @Test
  void manyAtOnceGetTheSameFiles() throws Exception {
    GuestManifest manifest = manifest();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<GuestFiles>> extractions = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        extractions.add(threads.submit(() -> GuestFiles.extract(home, manifest)));
      }
      for (Future<GuestFiles> extraction : extractions) {
        assertThat(extraction.get().kernel(1)).hasContent("kernel");
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void aMissingJarIsToldWithTheDependencyToAdd() {
    ClassLoader empty = new URLClassLoader(new URL[0], null);
    assertThatThrownBy(() -> GuestManifest.read(empty))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("io.boxlite:boxlite-guest-linux-x86_64");
  }

  @Test
  void aManifestWithoutAKeyIsToldWithTheKey() throws IOException {
    Files.writeString(jar.resolve("manifest.properties"), "vmlinux-up.size=-1\n");
    GuestManifest manifest = manifest();
    assertThatThrownBy(() -> manifest.size("vmlinux-up"))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("vmlinux-up.size is \"-1\"");
    assertThatThrownBy(manifest::kernelRelease).hasMessageContaining("kernel.release is \"\"");
  }

  private static List<String> namesIn(Path directory) throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.map(path -> path.getFileName().toString()).toList();
    }
  }
}
