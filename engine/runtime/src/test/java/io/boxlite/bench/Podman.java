package io.boxlite.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** {@code podman run} with runc, for comparison. */
final class Podman {
  private static final String DEFAULT_IMAGE = "/io/boxlite/guest/linux-x86_64/default-image.tar";

  private final List<String> run;

  private Podman(List<String> run) {
    this.run = run;
  }

  /** Unpacks the built-in image below a directory, and says why not when it cannot be run. */
  static Podman ofDefaultImage(Path directory) throws IOException, InterruptedException {
    Path rootfs = Files.createDirectory(directory.resolve("rootfs"));
    Path tar = directory.resolve("image.tar");
    try (InputStream image = Podman.class.getResourceAsStream(DEFAULT_IMAGE)) {
      Files.copy(image, tar);
    }
    call(List.of("tar", "-C", rootfs.toString(), "-xf", tar.toString()));
    List<String> run = new ArrayList<>(List.of("podman"));
    run.addAll(List.of("--root", directory.resolve("storage").toString()));
    run.addAll(List.of("--runroot", directory.resolve("run").toString()));
    run.addAll(List.of("--runtime", "runc", "--cgroup-manager", "cgroupfs"));
    // Without these podman asks for more than this process may have itself.
    run.addAll(List.of("run", "--rm", "--network", "none"));
    run.addAll(List.of("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"));
    run.addAll(List.of("--rootfs", rootfs.toString()));
    return new Podman(run);
  }

  /** Why it cannot be run; empty when it can. */
  Optional<String> problem() throws InterruptedException {
    try {
      run("/bin/true");
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  void run(String... command) throws IOException, InterruptedException {
    List<String> argv = new ArrayList<>(run);
    argv.addAll(Arrays.asList(command));
    call(argv);
  }

  private static void call(List<String> argv) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(argv)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(String.join(" ", argv) + " fails: " + said.strip());
    }
  }
}
