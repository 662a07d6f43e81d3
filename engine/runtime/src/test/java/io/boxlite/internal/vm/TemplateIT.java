package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.boxlite.BoxOrigin;
import io.boxlite.BoxStartException;
import io.boxlite.BoxliteException;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.hypervisor.QemuBinary;
import io.boxlite.internal.host.memory.Ledgers;
import io.boxlite.internal.host.memory.MemoryLedger;
import io.boxlite.internal.host.memory.MemoryReservation;
import io.boxlite.internal.vm.machine.BoxDirectories;
import io.boxlite.internal.vm.template.Redescribed;
import io.boxlite.internal.vm.template.Template;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.TemplateStore;
import io.boxlite.internal.vm.template.VmKind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(300)
class TemplateIT {
  private static final Duration START = Duration.ofSeconds(60);

  @TempDir private Path temp;
  private TestGuest guest;
  private Home home;

  @BeforeEach
  void openHome() {
    home = Home.open(temp);
    guest = TestGuest.open();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    Leftovers.assertNone(home);
    assertThat(names()).noneMatch(name -> name.contains("unfinished") || name.endsWith(".lock"));
  }

  private TemplateSpec spec() {
    return new TemplateSpec(guest.kind(1, 256, 64), List.of(), List.of());
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(home.templates())) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private Path made() throws IOException {
    try (Stream<Path> files = Files.list(home.templates())) {
      return files.filter(Files::isDirectory).findFirst().orElseThrow();
    }
  }

  private BoxOrigin start() throws Exception {
    try (Machines machines = new Machines(home, 0, () -> {})) {
      return start(machines);
    }
  }

  private BoxOrigin start(Machines machines) throws Exception {
    StartedVm started = machines.start(spec(), Optional.empty(), START);
    try (Vm vm = started.vm()) {
      assertThat(TestGuest.run(vm, "echo works")).isEqualTo("works\n");
    }
    return started.origin();
  }

  /** What can happen to a file on a disk. */
  enum Damage {
    TRUNCATED {
      @Override
      void apply(Path file) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
          open.setLength(open.length() / 2);
        }
      }
    },
    BIT_FLIPPED {
      @Override
      void apply(Path file) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
          open.seek(open.length() / 3);
          int value = open.read();
          open.seek(open.length() / 3);
          open.write(value ^ 4);
        }
      }
    },
    DELETED {
      @Override
      void apply(Path file) throws IOException {
        Files.delete(file);
      }
    };

    abstract void apply(Path file) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void aDamagedTemplateIsSeenAndMadeAnew(Damage damage) throws Exception {
    assertThat(start()).isEqualTo(BoxOrigin.COLD_BOOT);
    for (String file : List.of("state", "memory", "template.json")) {
      damage.apply(made().resolve(file));
      assertThat(start()).as(file).isEqualTo(BoxOrigin.COLD_BOOT);
      assertThat(start()).as(file).isEqualTo(BoxOrigin.TEMPLATE);
    }
  }

  @Test
  void damageIsSeenInAJvmThatHasUsedTheTemplateBefore() throws Exception {
    try (Machines machines = new Machines(home, 0, () -> {})) {
      start(machines);
      assertThat(start(machines)).isEqualTo(BoxOrigin.TEMPLATE);
      Damage.BIT_FLIPPED.apply(made().resolve("memory"));
      assertThat(start(machines)).isEqualTo(BoxOrigin.COLD_BOOT);
    }
  }

  @Test
  void aStateThatQemuDoesNotTakeIsMadeAnew() throws Exception {
    start();
    Path state = made().resolve("state");
    byte[] bytes = Files.readAllBytes(state);
    bytes[bytes.length / 2] ^= 1;
    Files.write(state, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    // As if it had been saved like this: its description agrees with it.
    Redescribed.asItIs(spec(), made());
    assertThat(start()).isEqualTo(BoxOrigin.COLD_BOOT);
    assertThat(start()).isEqualTo(BoxOrigin.TEMPLATE);
  }

  @Test
  void anotherQemuHasTemplatesOfItsOwn() throws Exception {
    start();
    VmKind kind = spec().kind();
    QemuBinary qemu = TestGuest.qemu();
    VmKind other = guest.withQemu(kind, new QemuBinary(qemu.path(), qemu.version() + ".1"));
    TemplateSpec others = new TemplateSpec(other, List.of(), List.of());
    TemplateStore store = new TemplateStore(home, () -> {});
    assertThat(store.find(others)).isEmpty();
    // Nor is one believed that only has the right name.
    Files.move(made(), home.templates().resolve(others.key() + ".template"));
    assertThat(store.find(others)).isEmpty();
  }

  @Test
  void manyWhoNeedTheSameTemplateMakeItOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Machines one = new Machines(home, 0, () -> {});
        Machines other = new Machines(home, 0, () -> {})) {
      List<Future<BoxOrigin>> origins = new ArrayList<>();
      for (Machines machines : List.of(one, other, one, other)) {
        origins.add(threads.submit(() -> start(machines)));
      }
      int boots = 0;
      for (Future<BoxOrigin> origin : origins) {
        boots += origin.get() == BoxOrigin.COLD_BOOT ? 1 : 0;
      }
      // Those who waited for it call it their first as well.
      assertThat(boots).isPositive();
    } finally {
      threads.shutdownNow();
    }
    assertThat(names()).filteredOn(name -> name.endsWith(".template")).hasSize(1);
  }

  @Test
  void aDiskThatFillsUpWhileATemplateIsWrittenLeavesNothingOfIt() throws Exception {
    Path mount = Files.createDirectory(temp.resolve("small"));
    try (SmallDisk disk = SmallDisk.mount(mount, 24)) {
      Home small = Home.open(mount);
      try (Machines machines = new Machines(small, 0, () -> {})) {
        assertThatThrownBy(() -> machines.start(spec(), Optional.empty(), START))
            .isInstanceOf(BoxliteException.class)
            .hasMessageContaining("No space left");
      }
      Leftovers.assertNone(small);
      try (Stream<Path> files = Files.list(small.templates())) {
        assertThat(files).isEmpty();
      }
    }
  }

  @Test
  void aTemplateIsNotPrunedWhileAMachineRunsFromIt() throws Exception {
    try (Machines machines = new Machines(home, 0, () -> {})) {
      try (Vm vm = machines.start(spec(), Optional.empty(), START).vm()) {
        assertThat(machines.pruneTemplates(0)).isZero();
        assertThat(TestGuest.run(vm, "echo works")).isEqualTo("works\n");
      }
      assertThat(machines.templates()).hasSize(1);
      assertThat(machines.templates().get(0).madeFrom()).containsEntry("memoryMib", "256");
      assertThat(machines.pruneTemplates(0)).isGreaterThan(10 << 20);
      assertThat(machines.templates()).isEmpty();
      assertThat(start(machines)).isEqualTo(BoxOrigin.COLD_BOOT);
    }
  }

  @Test
  void whatADeadJvmLeftUnfinishedIsSweptAndOneThatIsBeingMadeIsNot() throws Exception {
    Path left = Files.createDirectory(home.templates().resolve("0123.unfinished"));
    Files.write(left.resolve("memory"), new byte[10]);
    Files.createDirectory(home.templates().resolve("4567.unfinished"));
    try (var making =
            io.boxlite.internal.host.LockFile.exclusive(
                home.templates().resolve("4567.lock"), START);
        Machines machines = new Machines(home, 0, () -> {})) {
      assertThat(making.file()).exists();
      assertThat(machines.waiting()).isZero();
      assertThat(names()).containsExactlyInAnyOrder("4567.unfinished", "4567.lock");
      Files.delete(making.file());
    }
    Files.delete(home.templates().resolve("4567.unfinished"));
  }

  @Test
  void aCloneWhoseQemuIsKilledDuringTheRestoreIsAnErrorThatSaysSo() throws Exception {
    start();
    Path fake = temp.resolve("qemu-that-dies");
    Files.writeString(fake, "#!/bin/sh\nkill -9 $$\n");
    assertThat(fake.toFile().setExecutable(true)).isTrue();
    VmKind kind = spec().kind();
    VmKind dying = guest.withQemu(kind, new QemuBinary(fake, "0"));
    Template template = new TemplateStore(home, () -> {}).find(spec()).orElseThrow();
    MemoryLedger ledger = MemoryLedger.open(home, Optional.empty());
    MemoryReservation memory = ledger.admit("dying", "", kind.machine().memoryMib(), START);
    assertThatThrownBy(
            () ->
                new Restore(
                        new BoxDirectories(home),
                        dying,
                        dying.hypervisor().stateSaving().orElseThrow())
                    .run("dying", template, memory, Optional.empty(), Deadline.in(START)))
        .isInstanceOf(BoxStartException.class)
        .hasMessageContaining("killed by signal 9");
    assertThat(new TemplateStore(home, () -> {}).prune(0)).isPositive(); // it was let go of
    await().untilAsserted(() -> assertThat(Ledgers.isIdle(home)).isTrue());
  }
}
