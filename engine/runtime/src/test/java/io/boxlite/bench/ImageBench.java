package io.boxlite.bench;

import io.boxlite.PullPolicy;
import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.image.ImageStore;
import io.boxlite.internal.image.RootImage;
import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.layer.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Measures how long it takes to make a root image of an image in an OCI layout, against what {@code
 * skopeo copy} and {@code umoci unpack} take to copy and extract the same image, in turn.
 *
 * <p>The image is made of this machine's own programs and libraries. Argument: the JSON file to
 * write.
 */
public final class ImageBench {
  private static final List<Path> CONTENT =
      List.of(Path.of("/usr/lib"), Path.of("/usr/bin"), Path.of("/usr/share"));
  private static final long LAYER_BYTES = 150L << 20;
  private static final int LAYERS = 2;
  private static final int ROUNDS = 3;

  /** Real images have many small files. */
  private static final long LARGEST_FILE = 2L << 20;

  private ImageBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) throws Exception {
    Path json = Path.of(args[0]).toAbsolutePath();
    Files.createDirectories(json.getParent());
    Path directory = Files.createTempDirectory(json.getParent(), "image");
    try {
      measure(directory, json);
    } finally {
      FileTree.delete(directory);
    }
  }

  private static void measure(Path directory, Path json) throws Exception {
    Report report = new Report();
    Path layout = directory.resolve("layout");
    image(directory, layout, report);
    Samples converted = new Samples();
    Samples extracted = new Samples();
    for (int round = 0; round < ROUNDS; round++) {
      Path home = directory.resolve("home");
      ImageStore store = ImageStore.open(home);
      try (RootImage image =
          converted.time(() -> store.rootImage("oci:" + layout, PullPolicy.NEVER))) {
        if (round == 0) {
          report.put("firstConvertMs", converted.p50());
          report.put("rootImageMiB", Files.size(image.file()) >> 20);
        }
      }
      FileTree.delete(home);
      Path copy = directory.resolve("copy");
      Path bundle = directory.resolve("bundle");
      extracted.time(
          () -> {
            HostTool.run("skopeo", "copy", "-q", "oci:" + layout + ":x", "oci:" + copy + ":x");
            String[] rootless = HostTool.isRoot() ? new String[0] : new String[] {"--rootless"};
            List<Object> unpack = new ArrayList<>(List.of("umoci", "unpack"));
            unpack.addAll(List.of(rootless));
            unpack.addAll(List.of("--image", copy + ":x", bundle));
            return HostTool.run(unpack.toArray());
          });
      FileTree.delete(copy);
      FileTree.delete(bundle);
    }
    report.put("convertMs", converted.p50());
    report.put("skopeoUmociMs", extracted.p50());
    report.put("ratio", Math.round(100 * converted.p50() / extracted.p50()) / 100.0);
    report.write(json);
  }

  /** An image of two layers, compressed as registries have them. */
  private static void image(Path directory, Path layoutDirectory, Report report)
      throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path root : CONTENT) {
      try (Stream<Path> all = Files.walk(root)) {
        all.filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
            .filter(Files::isReadable)
            .filter(file -> size(file) <= LARGEST_FILE)
            .sorted()
            .forEach(files::add);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
    TestLayout layout = new TestLayout(layoutDirectory);
    long compressed = 0;
    int next = 0;
    for (int layer = 0; layer < LAYERS; layer++) {
      StringBuilder names = new StringBuilder();
      for (long size = 0; size < LAYER_BYTES && next < files.size(); next++) {
        names.append(files.get(next).toString().substring(1)).append('\0');
        size += size(files.get(next));
      }
      Path list = Files.writeString(directory.resolve("names"), names);
      Path tar = directory.resolve("layer.tar");
      HostTool.run("tar", "-C", "/", "-cf", tar, "--null", "--no-recursion", "-T", list);
      String sum = HostTool.run("sha256sum", tar);
      HostTool.run("gzip", "-f", tar);
      byte[] stored = Files.readAllBytes(directory.resolve("layer.tar.gz"));
      layout.layer(stored, new Digest(sum.substring(0, 64)));
      compressed += stored.length;
    }
    layout.index(
        TestLayout.with(
            layout.manifest(), "\"annotations\":{\"org.opencontainers.image.ref.name\":\"x\"}"));
    report.put("files", next);
    report.put("compressedMiB", compressed >> 20);
  }

  private static long size(Path file) {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
