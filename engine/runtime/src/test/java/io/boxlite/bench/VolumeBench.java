package io.boxlite.bench;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import io.boxlite.VolumeMode;
import io.boxlite.internal.host.FileTree;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/**
 * Measures how long programs of a box take to read a tree of small files and one large file: in a
 * volume, and after {@code copyIn}, including the copy. Each round has a box of its own, so nothing
 * is cached in the guest.
 *
 * <p>Arguments: the JSON file to write. The system property {@code boxlite.bench.volume.mib} is the
 * size of the large file, 256 by default.
 */
public final class VolumeBench {
  private static final int DIRECTORIES = 100;
  private static final int FILES = 100;
  private static final int SMALL_BYTES = 2000;
  private static final int ROUNDS = 3;
  private static final Duration LONG = Duration.ofMinutes(5);

  private static final String READ_TREE = "find %s -type f -exec cat {} + > /dev/null";
  private static final String LIST_TREE = "ls -lR %s > /dev/null";
  private static final String READ_FILE = "cat %s > /dev/null";
  private static final String WRITE_FILE = "dd if=/dev/zero of=%s bs=1M count=%d 2>/dev/null";
  private static final String WRITE_FILES =
      "mkdir %1$s; i=0; while [ $i -lt 500 ]; do echo x > %1$s/$i; i=$((i+1)); done";

  private VolumeBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) throws Exception {
    Path json = Path.of(args[0]).toAbsolutePath();
    Files.createDirectories(json.getParent());
    Path directory = Files.createTempDirectory(json.getParent(), "volume");
    try {
      measure(directory, json);
    } finally {
      FileTree.delete(directory);
    }
  }

  private static void measure(Path directory, Path json) throws Exception {
    int mib = Integer.getInteger("boxlite.bench.volume.mib", 256);
    Path tree = Files.createDirectory(directory.resolve("tree"));
    makeTree(tree);
    Path large = Files.createDirectory(directory.resolve("large"));
    makeFile(large.resolve("file"), mib);
    Report report = new Report();
    report.put("smallFiles", DIRECTORIES * FILES);
    report.put("largeMiB", mib);
    try (Boxlite boxlite = Boxlite.open(BoxliteOptions.defaults())) {
      BoxOptions plain = BoxOptions.builder().diskMib(mib + 512).build();
      boxlite.templates().make(plain);
      Samples listed = new Samples();
      Samples read = new Samples();
      Samples again = new Samples();
      Samples sequential = new Samples();
      Samples copiedTree = new Samples();
      Samples copiedFile = new Samples();
      Samples written = new Samples();
      Samples made = new Samples();
      for (int round = 0; round < ROUNDS; round++) {
        try (LiteBox box = with(boxlite, plain, tree)) {
          listed.time(() -> run(box, LIST_TREE.formatted("/data")));
        }
        try (LiteBox box = with(boxlite, plain, tree)) {
          read.time(() -> run(box, READ_TREE.formatted("/data")));
          again.time(() -> run(box, READ_TREE.formatted("/data")));
        }
        try (LiteBox box = with(boxlite, plain, large)) {
          sequential.time(() -> run(box, READ_FILE.formatted("/data/file")));
        }
        try (LiteBox box = boxlite.create(plain)) {
          copiedTree.time(
              () -> {
                box.copyIn(tree, "/data");
                return run(box, READ_TREE.formatted("/data"));
              });
        }
        try (LiteBox box = boxlite.create(plain)) {
          copiedFile.time(
              () -> {
                box.copyIn(large, "/data");
                return run(box, READ_FILE.formatted("/data/file"));
              });
        }
        Path target = Files.createDirectory(directory.resolve("target" + round));
        try (LiteBox box = with(boxlite, plain, target)) {
          written.time(() -> run(box, WRITE_FILE.formatted("/data/file", mib)));
          made.time(() -> run(box, WRITE_FILES.formatted("/data/many")));
        }
        FileTree.delete(target);
      }
      report.put("listTreeMs", listed.p50());
      report.put("readTreeMs", read.p50());
      report.put("readTreeAgainMs", again.p50());
      report.put("copyInAndReadTreeMs", copiedTree.p50());
      report.put("readFileMs", sequential.p50());
      report.put("copyInAndReadFileMs", copiedFile.p50());
      report.put("writeFileMs", written.p50());
      report.put("make500FilesMs", made.p50());
    }
    report.write(json);
  }

  private static LiteBox with(Boxlite boxlite, BoxOptions plain, Path directory) {
    return boxlite.create(
        plain.toBuilder().volume(directory, "/data", VolumeMode.READ_WRITE).build());
  }

  private static ExecResult run(LiteBox box, String script) {
    ExecResult result = box.exec(Command.of("sh", "-c", script).timeout(LONG));
    if (result.exitCode() != 0) {
      throw new IllegalStateException(script + ": " + result);
    }
    return result;
  }

  private static void makeTree(Path tree) throws IOException {
    byte[] content = new byte[SMALL_BYTES];
    Random random = new Random(1);
    for (int i = 0; i < DIRECTORIES; i++) {
      Path directory = Files.createDirectory(tree.resolve("directory-" + i));
      for (int j = 0; j < FILES; j++) {
        random.nextBytes(content);
        Files.write(directory.resolve("file-" + j), content);
      }
    }
  }

  private static void makeFile(Path file, int mib) throws IOException {
    byte[] block = new byte[1 << 20];
    new Random(2).nextBytes(block);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < mib; i++) {
        out.write(block);
      }
    }
  }
}
