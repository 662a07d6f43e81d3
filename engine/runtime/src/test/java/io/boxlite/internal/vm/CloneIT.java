package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.boxlite.BoxOrigin;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.vm.template.TemplateSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class CloneIT {
  private static final Duration START = Duration.ofSeconds(60);

  @TempDir private static Path directory;
  private static TestGuest guest;
  private static Home home;
  private static TemplateSpec spec;

  @BeforeAll
  static void openGuest() {
    guest = TestGuest.open();
    home = Home.open(directory);
    spec = new TemplateSpec(guest.kind(1, 512, 1024), List.of(), List.of());
  }

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(home);
  }

  @Test
  void theFirstOfAKindBootsAndTheOthersAreRestored() throws Exception {
    try (Machines machines = new Machines(home, 0, () -> {});
        Vm first = machines.start(spec, Optional.empty(), START).vm()) {
      StartedVm second = machines.start(spec, Optional.of("second"), START);
      try (Vm vm = second.vm()) {
        assertThat(second.origin()).isEqualTo(BoxOrigin.TEMPLATE);
        assertThat(TestGuest.run(first, "hostname")).isEqualTo(first.id() + "\n");
        assertThat(TestGuest.run(vm, "hostname; echo x > /y; cat /y")).isEqualTo("second\nx\n");
        assertThat(TestGuest.run(first, "cat /y")).contains("No such file");
      }
    }
  }

  @Test
  void twoClonesAreNotTheSame() throws Exception {
    String script =
        "date +%s; head -c 16 /dev/urandom | od -An -tx1; cat /etc/machine-id;"
            + " cat /proc/sys/kernel/random/boot_id";
    try (Machines machines = new Machines(home, 0, () -> {});
        Vm one = machines.start(spec, Optional.empty(), START).vm();
        Vm other = machines.start(spec, Optional.empty(), START).vm()) {
      long before = Instant.now().getEpochSecond();
      String[] first = TestGuest.run(one, script).split("\n");
      assertThat(Long.parseLong(first[0]))
          .isBetween(before - 1, Instant.now().getEpochSecond() + 1);
      String[] second = TestGuest.run(other, script).split("\n");
      for (int line = 1; line < 4; line++) {
        assertThat(first[line]).isNotEqualTo(second[line]);
      }
    }
  }

  @Test
  void theFirstProgramsOfACloneFindTheirFilesInMemory() throws Exception {
    String script =
        "reads() { read -r reads rest </sys/block/vda/stat; echo $reads; };"
            + " reads; /bin/true; env >/dev/null; ls / >/dev/null; reads";
    try (Machines machines = new Machines(home, 0, () -> {})) {
      machines.start(spec, Optional.empty(), START).vm().close();
      try (Vm vm = machines.start(spec, Optional.empty(), START).vm()) {
        String[] said = TestGuest.run(vm, script).split("\n");
        assertThat(said[1]).isEqualTo(said[0]);
      }
    }
  }

  @Test
  void machinesOfThePoolAreReadyAheadAndNobodyYet() throws Exception {
    try (Machines machines = new Machines(home, 1, () -> {})) {
      machines.start(spec, Optional.empty(), START).vm().close();
      await().until(() -> machines.waiting() == 1);
      StartedVm started = machines.start(spec, Optional.of("pooled"), START);
      try (Vm vm = started.vm()) {
        assertThat(started.origin()).isEqualTo(BoxOrigin.POOL);
        long before = Instant.now().getEpochSecond();
        String[] said =
            TestGuest.run(vm, "hostname; date +%s; ls /proc | grep -c '^[0-9]'").split("\n");
        assertThat(said[0]).isEqualTo("pooled");
        assertThat(Long.parseLong(said[1]))
            .isBetween(before - 1, Instant.now().getEpochSecond() + 1);
      }
    }
  }

  @Test
  void aPooledMachineThatHasDiedIsNotGivenOut() throws Exception {
    try (Machines machines = new Machines(home, 1, () -> {})) {
      machines.start(spec, Optional.empty(), START).vm().close();
      await().until(() -> machines.waiting() == 1);
      List<ProcessHandle> qemus =
          ProcessHandle.current()
              .descendants()
              .filter(process -> process.info().command().orElse("").contains("qemu"))
              .toList();
      assertThat(qemus).hasSize(1);
      qemus.get(0).destroyForcibly();
      try (Vm vm = machines.start(spec, Optional.empty(), START).vm()) {
        assertThat(TestGuest.run(vm, "echo well")).isEqualTo("well\n");
      }
    }
  }
}
