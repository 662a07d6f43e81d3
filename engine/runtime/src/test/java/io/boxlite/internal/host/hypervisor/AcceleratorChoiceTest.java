package io.boxlite.internal.host.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.Accelerator;
import io.boxlite.HypervisorUnavailableException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AcceleratorChoiceTest {
  private static final KvmProbe WORKS = new KvmProbe(true, "it is fast", Duration.ZERO);
  private static final KvmProbe SLOW = new KvmProbe(false, "it is slow", Duration.ZERO);

  @Test
  void autoTakesKvmWhereItWorks() {
    assertThat(AcceleratorChoice.of(Accelerator.AUTO, WORKS))
        .isEqualTo(new AcceleratorChoice(Accelerator.KVM, "it is fast"));
  }

  @Test
  void autoTakesEmulationElsewhereAndSaysWhy() {
    AcceleratorChoice choice = AcceleratorChoice.of(Accelerator.AUTO, SLOW);
    assertThat(choice.accelerator()).isEqualTo(Accelerator.TCG);
    assertThat(choice.reason()).contains("it is slow");
  }

  @Test
  void kvmThatDoesNotWorkIsAnErrorAndNeverEmulation() {
    assertThatThrownBy(() -> AcceleratorChoice.of(Accelerator.KVM, SLOW))
        .isInstanceOf(HypervisorUnavailableException.class)
        .hasMessageContaining("it is slow")
        .hasMessageContaining("boxlite.accelerator");
  }

  @Test
  void emulationIsTakenWhenAskedFor() {
    assertThat(AcceleratorChoice.of(Accelerator.TCG).accelerator()).isEqualTo(Accelerator.TCG);
  }
}
