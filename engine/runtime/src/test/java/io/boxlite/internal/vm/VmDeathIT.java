package io.boxlite.internal.vm;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.boxlite.BoxLostException;
import io.boxlite.Outcome;
import io.boxlite.internal.guest.BoxLoss;
import io.boxlite.internal.guest.GuestExec;
import io.boxlite.internal.guest.GuestExit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Machines that end while they are in use. */
@Timeout(180)
class VmDeathIT {
  /** More than a busy machine needs for what is done at once, less than any limit of a command. */
  private static final Duration AT_ONCE = Duration.ofSeconds(15);

  private static TestGuest guest;

  @TempDir Path temp;

  @BeforeAll
  static void openGuest() {
    guest = TestGuest.open();
  }

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(guest.home());
  }

  private static void signal(Vm vm, String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(vm.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void aKilledQemuIsTheEndOfItsExecsAtOnceAndOfNoOtherBox() throws Exception {
    try (Vm vm = guest.boot();
        Vm other = guest.boot();
        GuestExec exec = TestGuest.start(vm.agent(), "sleep 60")) {
      exec.onStart().get(20, SECONDS);
      signal(vm, "KILL");
      GuestExit exit = exec.onEnd().get(AT_ONCE.toSeconds(), SECONDS);
      assertThat(exit.outcome()).isEqualTo(Outcome.BOX_LOST);
      BoxLoss loss = vm.whenLost().get(AT_ONCE.toSeconds(), SECONDS);
      assertThat(loss.why())
          .startsWith("box " + vm.id() + " was lost: QEMU was killed by signal 9");
      assertThatThrownBy(() -> TestGuest.start(vm.agent(), "true"))
          .isInstanceOf(BoxLostException.class)
          .hasMessageContaining("signal 9");
      assertThat(TestGuest.run(other, "echo fine")).isEqualTo("fine\n");
    }
  }

  @Test
  void aQemuThatIsAskedToEndIsALossThatTellsIt() throws Exception {
    try (Vm vm = guest.boot()) {
      signal(vm, "TERM");
      assertThat(vm.whenLost().get(AT_ONCE.toSeconds(), SECONDS).why())
          .contains("QEMU ended with exit code 0 (host-signal)")
          .contains("terminating on signal 15");
    }
  }

  @Test
  void closingDuringAnExecEndsTheExec() throws Exception {
    Vm vm = guest.boot();
    try (GuestExec exec = TestGuest.start(vm.agent(), "sleep 60")) {
      exec.onStart().get(20, SECONDS);
      vm.close();
      assertThat(exec.onEnd().get(AT_ONCE.toSeconds(), SECONDS).outcome())
          .isEqualTo(Outcome.BOX_LOST);
    }
  }

  @Test
  void stoppingAFrozenQemuTakesNoLongerThanItsTimeout() throws Exception {
    try (Vm vm = guest.boot()) {
      signal(vm, "STOP");
      long start = System.nanoTime();
      vm.stop(Duration.ofSeconds(1));
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofSeconds(1), AT_ONCE);
      assertThat(ProcessHandle.of(vm.pid())).isEmpty();
    }
  }

  @Test
  void closingAFrozenQemuIsQuick() throws Exception {
    Vm vm = guest.boot();
    signal(vm, "STOP");
    long start = System.nanoTime();
    vm.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
  }

  @Test
  void anExecInAFrozenQemuEndsAndSoDoesTheQemu() throws Exception {
    try (Vm vm = guest.boot();
        GuestExec exec = TestGuest.start(vm.agent(), "sleep 60", Duration.ofSeconds(1))) {
      exec.onStart().get(20, SECONDS);
      ProcessHandle qemu = ProcessHandle.of(vm.pid()).orElseThrow();
      signal(vm, "STOP");
      assertThat(exec.onEnd().get(60, SECONDS).outcome()).isEqualTo(Outcome.BOX_LOST);
      assertThat(vm.whenLost().get(AT_ONCE.toSeconds(), SECONDS).why()).contains("was lost");
      qemu.onExit().get(AT_ONCE.toSeconds(), SECONDS);
    }
  }

  @Test
  void aFullDiskOnTheHostIsAnErrorInTheGuestAndNoHang() throws Exception {
    assumeThat(System.getProperty("user.name"))
        .as("a small file system can only be mounted by root")
        .isEqualTo("root");
    Path mount = Files.createDirectory(temp.resolve("small"));
    try (SmallDisk disk = SmallDisk.mount(mount, 16)) {
      TestGuest elsewhere = guest.withHome(mount.resolve("home"));
      try (Vm vm = elsewhere.boot()) {
        disk.fill();
        String said =
            TestGuest.run(vm, "dd if=/dev/zero of=/big bs=1M count=64 conv=fsync && echo done");
        assertThat(said).doesNotContain("done").containsIgnoringCase("error");
        assertThat(TestGuest.run(vm, "echo alive")).isEqualTo("alive\n");
      }
      Leftovers.assertNone(elsewhere.home());
    }
  }
}
