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
  private static final String NAME = "boxlite-bench";

  private final List<String> podman;
  private final List<String> options;
  private final Path rootfs;

  private Podman(List<String> podman, List<String> options, Path rootfs) {
    this.podman = List.copyOf(podman);
    this.options = List.copyOf(options);
    this.rootfs = rootfs;
  }

  /** Unpacks the built-in image below a directory, for containers without a network. */
  static Podman ofDefaultImage(Path directory) throws IOException, InterruptedException {
    Path tar = directory.resolve("image.tar");
    try (InputStream image = Podman.class.getResourceAsStream(DEFAULT_IMAGE)) {
      Files.copy(image, tar);
    }
    return of(tar, directory, "none");
  }

  /** Unpacks a root file system below a directory, for containers with the network of the host. */
  static Podman of(Path tar, Path directory) throws IOException, InterruptedException {
    return of(tar, directory, "host");
  }

  private static Podman of(Path tar, Path directory, String network)
      throws IOException, InterruptedException {
    Path rootfs = Files.createDirectory(directory.resolve("rootfs"));
    call(List.of("tar", "-C", rootfs.toString(), "-xf", tar.toString()));
    List<String> podman = new ArrayList<>(List.of("podman"));
    podman.addAll(List.of("--root", directory.resolve("storage").toString()));
    podman.addAll(List.of("--runroot", directory.resolve("run").toString()));
    podman.addAll(List.of("--runtime", "runc", "--cgroup-manager", "cgroupfs"));
    // Without these podman asks for more than this process may have itself.
    List<String> options = new ArrayList<>(List.of("--rm", "--network", network));
    options.addAll(List.of("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"));
    return new Podman(podman, options, rootfs);
  }

  /** Returns the same for containers of a user, who is named by number. */
  Podman as(String user) {
    List<String> more = new ArrayList<>(options);
    more.addAll(List.of("--user", user));
    return new Podman(podman, more, rootfs);
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
    call(runCommand(List.of(), command));
  }

  private List<String> runCommand(List<String> more, String... command) {
    List<String> argv = new ArrayList<>(podman);
    argv.add("run");
    argv.addAll(options);
    argv.addAll(more);
    argv.addAll(List.of("--rootfs", rootfs.toString()));
    argv.addAll(Arrays.asList(command));
    return argv;
  }

  /** Starts a container, which runs until it is closed. */
  Running start(String... command) throws IOException {
    return new Running(
        podman,
        new ProcessBuilder(runCommand(List.of("--name", NAME), command))
            .redirectErrorStream(true)
            .redirectOutput(rootfs.resolveSibling("log").toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start());
  }

  /** A container that runs. */
  record Running(List<String> podman, Process process) implements AutoCloseable {
    /** Ends it as its user would end it at a terminal. */
    @Override
    public void close() throws IOException, InterruptedException {
      List<String> argv = new ArrayList<>(podman);
      argv.addAll(List.of("kill", "--signal", "INT", NAME));
      call(argv);
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IOException("a container does not end");
      }
    }
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
