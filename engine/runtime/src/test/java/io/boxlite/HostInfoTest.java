package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostInfoTest {
  private static HostInfo host(Optional<Path> qemu, Optional<String> guest, String... problems) {
    HostInfo.Builder host =
        HostInfo.builder(Path.of("/home/ann/.cache/boxlite"))
            .operatingSystem("Linux 6.1.0")
            .architecture("amd64")
            .cpus(2)
            .memoryBytes(8L << 30)
            .accelerator(Accelerator.TCG)
            .acceleratorReason("emulation was asked for")
            .homeFreeBytes(3L << 29)
            .problems(List.of(problems));
    qemu.ifPresent(path -> host.qemu(path).qemuVersion("7.2.22"));
    guest.ifPresent(kernel -> host.guestKernel(kernel).guestAgent("0.1.0"));
    return host.build();
  }

  @Test
  void describesAMachineThatCanStartBoxes() {
    HostInfo host = host(Optional.of(Path.of("/usr/bin/qemu")), Optional.of("6.1.192"));
    assertThat(host.canStartBoxes()).isTrue();
    assertThat(host.describe())
        .isEqualToNormalizingNewlines(
            """
            machine      Linux 6.1.0 (amd64), 2 processors, 8 GiB memory
            accelerator  TCG: emulation was asked for
            QEMU         7.2.22 at /usr/bin/qemu
            guest        kernel 6.1.192, agent 0.1.0
            home         /home/ann/.cache/boxlite, 1.5 GiB free
            boxes        can start\
            """);
  }

  @Test
  void describesEachProblem() {
    HostInfo host =
        host(Optional.empty(), Optional.empty(), "QEMU is missing", "the guest is missing");
    assertThat(host.canStartBoxes()).isFalse();
    assertThat(host.describe())
        .contains("QEMU         none")
        .contains("guest        none")
        .contains("problem      QEMU is missing")
        .contains("problem      the guest is missing")
        .endsWith("boxes        cannot start");
  }
}
