package io.boxlite.internal.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.erofs.ErofsReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random histories of a file system, in layers, must end as that file system. */
class RandomLayersTest {
  @TempDir Path directory;

  static LongStream manySeeds() {
    return LongStream.range(0, 60);
  }

  static LongStream fewSeeds() {
    return LongStream.range(100, 110);
  }

  @ParameterizedTest
  @MethodSource("manySeeds")
  void mergeIntoWhatTheyWereMadeOf(long seed) {
    LayerHistory history = new LayerHistory(seed, 1 + (int) (seed % 6));
    assertThat(merged(history)).isEqualTo(history.expected());
  }

  @ParameterizedTest
  @MethodSource("fewSeeds")
  void mergeIntoWhatUmociUnpacks(long seed) throws IOException {
    assumeTrue(HostTool.isRoot(), "umoci keeps owners only as root");
    LayerHistory history = new LayerHistory(seed, 4);
    TestLayout layout = new TestLayout(directory.resolve("layout"));
    history.layers().forEach(layout::layer);
    layout.index(
        TestLayout.with(
            layout.manifest(), "\"annotations\":{\"org.opencontainers.image.ref.name\":\"x\"}"));
    HostTool.run(
        "umoci",
        "unpack",
        "--image",
        directory.resolve("layout") + ":x",
        directory.resolve("bundle"));

    assertThat(merged(history)).isEqualTo(unpacked(directory.resolve("bundle/rootfs")));
  }

  private Map<String, String> merged(LayerHistory history) {
    Path file = directory.resolve("image");
    List<Layer> layers = new ArrayList<>();
    for (byte[] archive : history.layers()) {
      byte[] stored = TestLayout.gzip(archive);
      layers.add(
          new Layer(
              "layer " + layers.size(),
              stored.length,
              Digest.of(stored),
              Digest.of(archive),
              () -> new ByteArrayInputStream(stored)));
    }
    LayerMerge.write(layers, true, Limits.DEFAULT, file, new byte[16]);
    HostTool.run("fsck.erofs", file);
    Map<String, String> merged = new TreeMap<>();
    try (ErofsReader image = new ErofsReader(file)) {
      Map<String, ErofsReader.Node> tree = image.tree();
      tree.forEach(
          (path, node) -> {
            byte[] content = node.type() == 'd' ? new byte[0] : node.content();
            List<String> names = new ArrayList<>();
            tree.forEach(
                (other, same) -> {
                  if (same.isSameAs(node)) {
                    names.add(other);
                  }
                });
            merged.put(
                path,
                LayerHistory.describe(
                        node.type(),
                        node.mode & 07777,
                        node.uid,
                        node.gid,
                        node.mtime,
                        node.nanos,
                        content)
                    + " "
                    + names);
          });
    }
    return merged;
  }

  private static Map<String, String> unpacked(Path root) throws IOException {
    Map<String, Map<String, Object>> stats = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(path -> !path.equals(root)).toList()) {
        stats.put(
            root.relativize(file).toString(),
            Files.readAttributes(
                file, "unix:mode,uid,gid,lastModifiedTime,ino", LinkOption.NOFOLLOW_LINKS));
      }
    }
    Map<String, String> unpacked = new TreeMap<>();
    for (Map.Entry<String, Map<String, Object>> entry : stats.entrySet()) {
      Map<String, Object> stat = entry.getValue();
      Path file = root.resolve(entry.getKey());
      int mode = get(stat, "mode", Integer.class);
      char type = mode >> 12 == 004 ? 'd' : mode >> 12 == 012 ? 'l' : 'f';
      byte[] content =
          switch (type) {
            case 'd' -> new byte[0];
            case 'l' -> Files.readSymbolicLink(file).toString().getBytes(ISO_8859_1);
            default -> Files.readAllBytes(file);
          };
      Instant mtime = get(stat, "lastModifiedTime", FileTime.class).toInstant();
      Long inode = get(stat, "ino", Long.class);
      List<String> names =
          stats.keySet().stream()
              .filter(name -> inode.equals(get(stats.get(name), "ino", Long.class)))
              .toList();
      unpacked.put(
          entry.getKey(),
          LayerHistory.describe(
                  type,
                  mode & 07777,
                  get(stat, "uid", Integer.class),
                  get(stat, "gid", Integer.class),
                  mtime.getEpochSecond(),
                  mtime.getNano(),
                  content)
              + " "
              + names);
    }
    return unpacked;
  }

  private static <T> T get(@Nullable Map<String, Object> stat, String name, Class<T> type) {
    return type.cast(requireNonNull(requireNonNull(stat).get(name)));
  }
}
