package io.boxlite.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.logging.SystemStreamLog;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorMojoTest {
  @TempDir Path directory;
  private final Lines log = new Lines();
  private final DoctorMojo doctor = new DoctorMojo();

  /** Keeps what is logged. */
  private static final class Lines extends SystemStreamLog {
    final List<String> info = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();

    @Override
    public void info(CharSequence line) {
      info.add(line.toString());
    }

    @Override
    public void warn(CharSequence line) {
      warnings.add(line.toString());
    }
  }

  @BeforeEach
  void useOwnHome() {
    doctor.setLog(log);
    doctor.home = directory.resolve("home").toFile();
  }

  @Test
  void printsWhatThisMachineCanDo() throws Exception {
    doctor.execute();
    assertThat(log.warnings).isEmpty();
    assertThat(log.info)
        .anyMatch(line -> line.matches("accelerator +(KVM|TCG): .+"))
        .anyMatch(line -> line.matches("QEMU +\\d+\\.\\d+.* at /.+"))
        .anyMatch(line -> line.matches("guest +kernel \\d+\\..+, agent \\d+.+"))
        .anyMatch(line -> line.matches("home +" + doctor.home + ", .* GiB free"))
        .anyMatch(line -> line.matches("boxes +can start"));
  }

  @Test
  void takesTheAcceleratorThatIsAskedFor() throws Exception {
    doctor.accelerator = "tcg";
    doctor.execute();
    assertThat(log.info).anyMatch(line -> line.matches("accelerator +TCG: .*requested"));
  }

  @Test
  void warnsOfAProblemAndGoesOn() throws Exception {
    doctor.qemu = new File("/no/such/qemu");
    doctor.execute();
    assertThat(log.warnings).singleElement().asString().contains("/no/such/qemu");
    assertThat(log.info).anyMatch(line -> line.matches("boxes +cannot start"));
  }

  @Test
  void failsTheBuildForAProblemWhenAskedTo() {
    doctor.qemu = new File("/no/such/qemu");
    doctor.failIfUnavailable = true;
    assertThatThrownBy(doctor::execute)
        .isInstanceOf(MojoFailureException.class)
        .hasMessageContaining("boxes cannot start")
        .hasMessageContaining("/no/such/qemu");
  }

  @Test
  void doesNotFailTheBuildWithoutAProblem() throws Exception {
    doctor.failIfUnavailable = true;
    doctor.execute();
    assertThat(Files.isDirectory(directory.resolve("home"))).isTrue();
  }

  @Test
  void refusesAnAcceleratorThatThereIsNot() {
    doctor.accelerator = "hax";
    assertThatThrownBy(doctor::execute)
        .isInstanceOf(MojoExecutionException.class)
        .hasMessageContaining("boxlite.accelerator is \"hax\"")
        .hasMessageContaining("auto, kvm, tcg");
  }
}
