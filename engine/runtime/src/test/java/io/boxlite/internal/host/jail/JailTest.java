package io.boxlite.internal.host.jail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxlite.internal.host.ChildProcess;
import io.boxlite.internal.host.ExecutablePath;
import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real programs in real jails, where this machine can make them. */
class JailTest {
  @TempDir Path directory;
  private Jail jail;

  @BeforeEach
  void find() {
    JailSupport support = JailSupport.ofThisMachine();
    assumeTrue(support.jail().isPresent(), support.problem());
    jail = support.jail().orElseThrow();
  }

  private String run(Path device, String... argv) throws Exception {
    return run(new Bind(device, Path.of("/device"), Bind.Access.DEVICE), argv);
  }

  /** Runs a program that is given one more file, and returns what it printed. */
  private String run(Bind file, String... argv) throws Exception {
    Path program = ExecutablePath.find(argv[0]).orElseThrow();
    List<String> command = new ArrayList<>(List.of(argv));
    command.set(0, program.toString());
    ProgramFiles files = ProgramFiles.of(program, List.of());
    List<Bind> binds = new ArrayList<>(files.binds());
    binds.add(file);
    JailSpec spec =
        new JailSpec(
            "0123456789ab",
            command,
            Path.of("/"),
            Path.of("/dev/null"),
            binds,
            files.links(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            1 << 20);
    try (ChildProcess process = jail.start(spec)) {
      process.onExit().get(30, TimeUnit.SECONDS);
      return process.outputTail();
    }
  }

  @Test
  void aProgramUsesADeviceOfEverybody() throws Exception {
    assertThat(run(Path.of("/dev/zero"), "od", "-An", "-tx1", "-N2", "/device"))
        .isEqualTo(" 00 00");
  }

  /** Such as {@code /dev/kvm} of a machine without udev. */
  @Test
  void aProgramOfRootUsesADeviceThatOnlyRootMayUse() throws Exception {
    assumeTrue(Privileges.ofThisProcess().isRoot());
    Path zero = zeroOfRoot();
    assertThat(run(zero, "od", "-An", "-tx1", "-N2", "/device")).isEqualTo(" 00 00");
    assertThat(run(zero, "stat", "-c", "%a %F", "/device")).isEqualTo("600 character special file");
    assertThat(Files.getAttribute(zero, "unix:uid")).isEqualTo(0);
  }

  /** The files of root are mounted below the same directory. */
  @Test
  void aProgramOfRootReadsAPrivateFileBelowDevShm() throws Exception {
    assumeTrue(Privileges.ofThisProcess().isRoot() && Files.isDirectory(Path.of("/dev/shm")));
    Path secret = Files.createTempDirectory(Path.of("/dev/shm"), "boxlite-test-");
    try {
      Path file = Files.writeString(secret.resolve("file"), "content");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      Bind bind = new Bind(file, Path.of("/file"), Bind.Access.READ_ONLY);
      assertThat(run(bind, "cat", "/file")).isEqualTo("content");
    } finally {
      FileTree.delete(secret);
    }
  }

  private Path zeroOfRoot() throws IOException, InterruptedException {
    Path zero = directory.resolve("zero");
    int code =
        new ProcessBuilder("mknod", "-m", "600", zero.toString(), "c", "1", "5").start().waitFor();
    assumeTrue(code == 0, "this user may not make devices");
    return zero;
  }
}
