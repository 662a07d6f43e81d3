package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.boxlite.BoxOrigin;
import io.boxlite.BoxliteException;
import io.boxlite.Wait;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.memory.MemoryLedger;
import io.boxlite.internal.vm.BootOnlyHypervisor.FakeMachine;
import io.boxlite.internal.vm.machine.Confinement;
import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.template.PreparationStep;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.VmKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Everything but templates works with a hypervisor that cannot save machines. */
@Timeout(120)
class BootOnlyHypervisorTest {
  private static final Duration START = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private final BootOnlyHypervisor hypervisor = new BootOnlyHypervisor();
  private Home home;
  private TemplateSpec spec;

  @BeforeEach
  void openHome() {
    home = Home.open(directory);
    VmKind kind =
        new VmKind(
            hypervisor,
            new MachineSpec(directory.resolve("root"), 1, 64, 64, false, false, Confinement.NONE));
    PreparationStep step =
        new PreparationStep.Run(
            ExecStart.newBuilder().addArgv("prepare").setWallTimeNanos(START.toNanos()).build(),
            ByteString.EMPTY);
    spec = new TemplateSpec(kind, List.of("/data"), List.of(step));
  }

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNoFiles(home);
    assertThat(home.templates()).isEmptyDirectory();
    assertThat(hypervisor.machines).allMatch(machine -> machine.onExit().isDone());
  }

  private Machines machines(int poolSize) {
    return new Machines(
        home,
        MemoryLedger.open(home, Optional.of(2000)),
        new io.boxlite.internal.network.Networks(Optional.empty()),
        poolSize,
        () -> {});
  }

  private static List<String> hostnames(FakeMachine machine) {
    return machine.guest.configured().stream()
        .filter(ConfigureRequest::hasIdentity)
        .map(request -> request.getIdentity().getHostname())
        .toList();
  }

  @Test
  void everyStartIsAColdBootThatIsPrepared() {
    try (Machines machines = machines(0)) {
      for (int i = 0; i < 2; i++) {
        StartedVm started = machines.start(spec, Optional.of("mine"), START);
        try (Vm vm = started.vm()) {
          FakeMachine machine = hypervisor.machines.get(i);
          assertThat(started.origin()).isEqualTo(BoxOrigin.COLD_BOOT);
          assertThat(machine.begun).isTrue();
          assertThat(vm.whenLost()).isNotDone();
          assertThat(hostnames(machine)).containsExactly("mine");
          assertThat(machine.guest.configured()).noneMatch(ConfigureRequest::hasRoot);
          assertThat(machine.guest.configured())
              .anyMatch(request -> request.getDirectoriesList().contains("/data"));
          assertThat(machine.guest.programs()).contains(List.of("prepare"));
        }
      }
    }
  }

  @Test
  void thePoolBootsMachinesAheadAndPausesThem() {
    try (Machines machines = machines(1)) {
      machines.start(spec, Optional.empty(), START).vm().close();
      await().until(() -> machines.waiting() == 1);
      FakeMachine pooled = hypervisor.machines.get(1);
      assertThat(pooled.paused).isTrue();
      assertThat(pooled.guest.programs()).contains(List.of("prepare"));
      StartedVm started = machines.start(spec, Optional.of("pooled"), START);
      try (Vm vm = started.vm()) {
        assertThat(started.origin()).isEqualTo(BoxOrigin.POOL);
        assertThat(pooled.paused).isFalse();
        assertThat(hostnames(pooled)).containsExactly(vm.id(), "pooled");
      }
    }
  }

  @Test
  void everyStartStartsTheMainCommandAndWaitsForIt() {
    ExecStart.Builder limited = ExecStart.newBuilder().setWallTimeNanos(START.toNanos());
    PreparationStep.Check check =
        new PreparationStep.Check(
            Wait.exec("ready"), Optional.of(limited.clone().addArgv("ready").build()));
    PreparationStep serve =
        new PreparationStep.Serve(
            Optional.of(ExecStart.newBuilder().addArgv("serve").build()), List.of(check));
    TemplateSpec serving = new TemplateSpec(spec.kind(), List.of(), List.of(serve));
    try (Machines machines = machines(0)) {
      for (int i = 0; i < 2; i++) {
        machines.start(serving, Optional.empty(), START).vm().close();
        assertThat(hypervisor.machines.get(i).guest.programs())
            .containsSubsequence(List.of("serve"), List.of("ready"));
      }
    }
  }

  @Test
  void preparingAheadMakesNoTemplate() {
    try (Machines machines = machines(0)) {
      machines.prepare(spec, START);
      assertThat(machines.templates()).isEmpty();
      assertThat(hypervisor.machines).isEmpty();
    }
  }

  @Test
  void aDiskThatCannotBeCopiedIsAnErrorThatSaysWhy() {
    try (Machines machines = machines(0);
        Vm vm = machines.start(spec, Optional.empty(), START).vm()) {
      assertThatThrownBy(() -> vm.saveDisk(directory.resolve("copy"), START))
          .isInstanceOf(BoxliteException.class)
          .hasMessageContaining("it has no disk");
    }
  }
}
