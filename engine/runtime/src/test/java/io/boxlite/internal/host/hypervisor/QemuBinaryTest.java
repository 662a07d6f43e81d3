package io.boxlite.internal.host.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.HypervisorUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QemuBinaryTest {
  @TempDir Path directory;

  @Test
  void findsTheOneOfThisMachine() {
    QemuBinary qemu = QemuBinary.find(Optional.empty());
    assertThat(qemu.path()).isExecutable();
    assertThat(qemu.version()).matches("\\d+\\.\\d+.*");
    assertThat(QemuBinary.find(Optional.of(qemu.path()))).isSameAs(qemu);
  }

  @ParameterizedTest
  @CsvSource({
    "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18),7.2.22",
    "QEMU emulator version 8.0.50,8.0.50",
    "QEMU emulator version 10.0.0-rc1,10.0.0",
    "QEMU emulator version 10.0,10.0",
  })
  void readsTheVersion(String said, String version) throws IOException {
    Path program = program("echo '" + said + "'", "echo 'microvm   microvm (i386)'");
    assertThat(QemuBinary.find(Optional.of(program)).version()).isEqualTo(version);
  }

  @Test
  void looksAgainAtAFileThatHasChanged() throws IOException {
    String machines = "echo 'microvm microvm (i386)'";
    Path program = program("echo QEMU emulator version 8.0.0", machines);
    assertThat(QemuBinary.find(Optional.of(program)).version()).isEqualTo("8.0.0");
    program("echo QEMU emulator version 10.0.0", machines);
    assertThat(QemuBinary.find(Optional.of(program)).version()).isEqualTo("10.0.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"6.2.0", "7.1.99", "0.15"})
  void anOldOneIsRefusedWithItsVersionAndTheLeast(String version) throws IOException {
    Path program = program("echo QEMU emulator version " + version, "");
    assertThatThrownBy(() -> QemuBinary.find(Optional.of(program)))
        .isInstanceOf(HypervisorUnavailableException.class)
        .hasMessageContaining(program + " is QEMU " + version)
        .hasMessageContaining("7.2");
  }

  @Test
  void oneWithoutTheMachineIsRefused() throws IOException {
    Path program = program("echo QEMU emulator version 9.0.0", "echo 'q35  Standard PC'");
    assertThatThrownBy(() -> QemuBinary.find(Optional.of(program)))
        .isInstanceOf(HypervisorUnavailableException.class)
        .hasMessageContaining("without the machine type microvm");
  }

  @Test
  void aProgramThatIsNoQemuIsRefusedWithWhatItSaid() throws IOException {
    Path program = program("echo hello", "");
    assertThatThrownBy(() -> QemuBinary.find(Optional.of(program)))
        .isInstanceOf(HypervisorUnavailableException.class)
        .hasMessageContaining("\"hello\"");
  }

  @Test
  void oneThatFailsIsRefusedWithItsExitCodeAndOutput() throws IOException {
    Path program = program("echo libfoo.so.1 not found >&2; exit 127", "");
    assertThatThrownBy(() -> QemuBinary.find(Optional.of(program)))
        .isInstanceOf(HypervisorUnavailableException.class)
        .hasMessageContaining("exit code 127")
        .hasMessageContaining("libfoo.so.1 not found");
  }

  @Test
  void aConfiguredOneThatIsMissingIsToldWithTheKey() {
    Path missing = directory.resolve("qemu");
    assertThatThrownBy(() -> QemuBinary.find(Optional.of(missing)))
        .isInstanceOf(HypervisorUnavailableException.class)
        .hasMessageContaining("boxlite.qemu is " + missing);
  }

  @ParameterizedTest
  @CsvSource({"Mac OS X,aarch64", "Linux,aarch64", "Windows 11,amd64"})
  void anotherKindOfMachineIsRefusedByName(String system, String architecture) {
    assertThatThrownBy(() -> Platform.requireSupported(system, architecture))
        .isInstanceOf(HypervisorUnavailableException.class)
        .hasMessageContaining(system + " on " + architecture);
  }

  private Path program(String version, String machines) throws IOException {
    Path program = directory.resolve("qemu");
    Files.writeString(
        program,
        """
        #!/bin/sh
        case $1 in
        --version) %s ;;
        -machine) %s ;;
        esac
        """
            .formatted(version, machines));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return program;
  }
}
