package io.boxlite.internal.box;

import io.boxlite.Accelerator;
import io.boxlite.BoxOptions;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.IsolationReport;
import io.boxlite.IsolationReport.Boundary;
import io.boxlite.SecurityOptions;
import io.boxlite.SecurityUnavailable;
import io.boxlite.internal.host.jail.JailSupport;
import io.boxlite.internal.host.settings.Setting;
import io.boxlite.internal.vm.machine.Confinement;
import io.boxlite.internal.vm.machine.ProcessIsolation;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What confines the hypervisor of a box.
 *
 * @param confinement what the box gets
 * @param shortfall why it gets less than its options require; empty when it gets all
 */
record SecurityPlan(Confinement confinement, Optional<String> shortfall) {
  private static final Logger log = LoggerFactory.getLogger(SecurityPlan.class);
  private static final AtomicBoolean WARNED = new AtomicBoolean();

  /**
   * Decides what a box gets.
   *
   * @param unavailable what to do when this machine cannot make a jail
   * @throws HypervisorUnavailableException when there is no jail and the box must have one
   */
  static SecurityPlan of(SecurityOptions options, SecurityUnavailable unavailable) {
    return of(options, unavailable, JailSupport::ofThisMachine);
  }

  /** Returns the report on a box that runs under this plan. */
  IsolationReport report(BoxOptions options, Accelerator accelerator, ProcessIsolation process) {
    IsolationReport.Builder report =
        IsolationReport.builder(
                options.security(),
                accelerator == Accelerator.KVM
                    ? Boundary.HARDWARE_VIRTUALIZATION
                    : Boundary.EMULATION)
            .network(options.network())
            .hypervisorUid(process.uid())
            .resources(process.control(), process.limits());
    options.join().ifPresent(report::boxNetwork);
    if (confinement.jail()) {
      report.jail(process.namespaces(), process.visible());
    }
    process.systemCalls().ifPresent(report::allowedSystemCalls);
    process.improvements().forEach(report::improvement);
    shortfall.ifPresent(
        problem -> {
          report.shortfall(
              (options.security().seccompEnabled()
                      ? "The jail and the system call filter are"
                      : "The jail is")
                  + " missing: "
                  + problem
                  + ".");
          report.improvement("Make the jail possible: " + problem + ".");
        });
    return report.build();
  }

  static SecurityPlan of(
      SecurityOptions options, SecurityUnavailable unavailable, Supplier<JailSupport> jails) {
    if (!options.jailerEnabled()) {
      return new SecurityPlan(Confinement.NONE, Optional.empty());
    }
    JailSupport support = jails.get();
    if (support.jail().isPresent()) {
      return new SecurityPlan(new Confinement(true, options.seccompEnabled()), Optional.empty());
    }
    if (unavailable == SecurityUnavailable.FAIL) {
      throw new HypervisorUnavailableException(
          "the jail that the box's security options require cannot be made: "
              + support.problem()
              + "; to go on without a jail and a system call filter, set "
              + Setting.SECURITY_UNAVAILABLE.key()
              + "=warn");
    }
    if (!WARNED.getAndSet(true)) {
      log.warn("boxes run without a jail and a system call filter: {}", support.problem());
    }
    return new SecurityPlan(Confinement.NONE, Optional.of(support.problem()));
  }
}
