package io.boxlite.nested;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.maven.DoctorMojo;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.logging.SystemStreamLog;
import org.junit.jupiter.api.Test;

/** Runs the goal doctor where KVM is real. */
class DoctorIT {
  /** Prints, and keeps what it prints. */
  private static final class Lines extends SystemStreamLog {
    final List<String> all = new ArrayList<>();

    @Override
    public void info(CharSequence line) {
      super.info(line);
      all.add(line.toString());
    }

    @Override
    public void warn(CharSequence line) {
      super.warn(line);
      all.add(line.toString());
    }
  }

  @Test
  void takesKvm() throws Exception {
    Lines lines = new Lines();
    DoctorMojo doctor = new DoctorMojo();
    doctor.setLog(lines);
    doctor.execute();
    assertThat(lines.all)
        .anyMatch(line -> line.matches("accelerator +KVM: .* hardware speed: .*"))
        .anyMatch(line -> line.matches("boxes +can start"));
  }
}
