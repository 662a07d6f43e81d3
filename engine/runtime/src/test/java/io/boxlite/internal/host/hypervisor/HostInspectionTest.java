package io.boxlite.internal.host.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Accelerator;
import io.boxlite.BoxliteOptions;
import io.boxlite.HostInfo;
import io.boxlite.internal.host.settings.Settings;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostInspectionTest {
  @TempDir Path directory;

  @Test
  void tellsWhatThisMachineHas() {
    HostInfo host =
        HostInspection.inspect(settings(BoxliteOptions.builder().home(directory.resolve("home"))));
    assertThat(host.operatingSystem()).startsWith("Linux ");
    assertThat(host.cpus()).isPositive();
    assertThat(host.memoryBytes()).isGreaterThan(1L << 28);
    assertThat(host.accelerator())
        .isEqualTo(KvmProbe.result().works() ? Accelerator.KVM : Accelerator.TCG);
    assertThat(host.acceleratorReason()).contains(KvmProbe.result().reason());
    assertThat(host.qemu()).contains(QemuBinary.find(Optional.empty()).path());
    assertThat(host.home()).isDirectory();
    assertThat(host.homeFreeBytes()).isPositive();
  }

  @Test
  void everyProblemIsToldAtOnce() {
    Path qemu = directory.resolve("qemu");
    HostInfo host =
        HostInspection.inspect(
            settings(
                BoxliteOptions.builder()
                    .home(Path.of("/proc/boxlite"))
                    .accelerator(Accelerator.TCG)
                    .qemu(qemu)));
    assertThat(host.canStartBoxes()).isFalse();
    assertThat(host.qemu()).isEmpty();
    assertThat(host.problems())
        .anyMatch(problem -> problem.contains("boxlite.qemu is " + qemu))
        .anyMatch(problem -> problem.contains("/proc/boxlite cannot be created"));
  }

  private static Settings settings(BoxliteOptions.Builder options) {
    return Settings.resolve(options.build(), Map.of(), Map.of());
  }
}
