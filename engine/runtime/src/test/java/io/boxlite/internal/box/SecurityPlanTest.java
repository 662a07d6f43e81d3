package io.boxlite.internal.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.Accelerator;
import io.boxlite.BoxOptions;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.IsolationReport;
import io.boxlite.IsolationReport.Grade;
import io.boxlite.SecurityOptions;
import io.boxlite.SecurityUnavailable;
import io.boxlite.internal.host.jail.JailSupport;
import io.boxlite.internal.vm.machine.Confinement;
import io.boxlite.internal.vm.machine.ProcessIsolation;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SecurityPlanTest {
  private static final JailSupport NO_JAIL = new JailSupport(Optional.empty(), "bwrap is missing");

  @Test
  void refusesABoxThatCannotBeConfined() {
    assertThatExceptionOfType(HypervisorUnavailableException.class)
        .isThrownBy(
            () ->
                SecurityPlan.of(
                    SecurityOptions.standard(), SecurityUnavailable.FAIL, () -> NO_JAIL))
        .withMessageContaining("bwrap is missing")
        .withMessageContaining("boxlite.security.unavailable=warn");
  }

  @Test
  void goesOnWithAWarningWhereItIsTold() {
    SecurityPlan plan =
        SecurityPlan.of(SecurityOptions.maximum(), SecurityUnavailable.WARN, () -> NO_JAIL);
    assertThat(plan.confinement()).isEqualTo(Confinement.NONE);
    BoxOptions options = BoxOptions.builder().security(SecurityOptions.maximum()).build();
    IsolationReport report = plan.report(options, Accelerator.TCG, ProcessIsolation.none(7));
    assertThat(report.grade()).isEqualTo(Grade.WEAK);
    assertThat(report.shortfalls())
        .singleElement()
        .asString()
        .contains("bwrap is missing")
        .contains("The jail and the system call filter");
    assertThat(report.hypervisorUid()).hasValue(7);
  }

  @Test
  void missesOnlyWhatIsAskedFor() {
    SecurityOptions unfiltered = SecurityOptions.standard().seccompEnabled(false);
    SecurityPlan plan = SecurityPlan.of(unfiltered, SecurityUnavailable.WARN, () -> NO_JAIL);
    BoxOptions options = BoxOptions.builder().security(unfiltered).build();
    IsolationReport report = plan.report(options, Accelerator.TCG, ProcessIsolation.none(7));
    assertThat(report.shortfalls()).containsExactly("The jail is missing: bwrap is missing.");
  }

  @Test
  void needsNoJailForABoxThatAsksForNone() {
    SecurityPlan plan =
        SecurityPlan.of(
            SecurityOptions.development(),
            SecurityUnavailable.FAIL,
            () -> {
              throw new AssertionError("no jail is tried out");
            });
    assertThat(plan.confinement()).isEqualTo(Confinement.NONE);
    assertThat(plan.shortfall()).isEmpty();
  }
}
