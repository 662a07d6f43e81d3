package io.boxlite.internal.vm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class VmBootIT {
  private static TestGuest guest;

  @BeforeAll
  static void openGuest() {
    guest = TestGuest.open();
  }

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(guest.home());
  }

  @Test
  void aBootedMachineRunsCommandsUnderItsHostName() throws Exception {
    try (Vm vm = guest.boot()) {
      assertThat(TestGuest.run(vm, "hostname; cat /etc/machine-id | wc -c; nproc"))
          .isEqualTo("guest\n33\n1\n");
      assertThat(vm.whenLost()).isNotDone();
    }
  }

  @Test
  void memoryProcessorsAndDiskAreAsAskedFor() throws Exception {
    int moreThanThisMachineHas = Math.min(64, 4 * Runtime.getRuntime().availableProcessors());
    try (Vm vm = guest.boot(guest.spec(moreThanThisMachineHas, 256, 64))) {
      assertThat(TestGuest.run(vm, "nproc")).isEqualTo(moreThanThisMachineHas + "\n");
      int totalKib = Integer.parseInt(TestGuest.run(vm, "free | awk '/Mem:/{print $2}'").strip());
      assertThat(totalKib).isBetween(200 << 10, 256 << 10);
      int diskKib = Integer.parseInt(TestGuest.run(vm, "df -k / | awk 'END{print $2}'").strip());
      assertThat(diskKib).isBetween(48 << 10, 64 << 10);
    }
  }

  @Test
  void theClockIsTheHostsAndTwoMachinesDrawDifferentNumbers() throws Exception {
    String script = "date +%s; head -c 16 /dev/urandom | od -An -tx1; cat /etc/machine-id";
    try (Vm one = guest.boot();
        Vm other = guest.boot()) {
      long before = Instant.now().getEpochSecond();
      String[] first = TestGuest.run(one, script).split("\n");
      assertThat(Long.parseLong(first[0]))
          .isBetween(before - 1, Instant.now().getEpochSecond() + 1);
      String[] second = TestGuest.run(other, script).split("\n");
      assertThat(first[1]).isNotEqualTo(second[1]);
      assertThat(first[2]).isNotEqualTo(second[2]);
    }
  }

  @Test
  void aFullDiskInTheGuestIsAnErrorThereAndNothingElse() throws Exception {
    try (Vm vm = guest.boot(guest.spec(1, 256, 32))) {
      assertThat(TestGuest.run(vm, "dd if=/dev/zero of=/big bs=1M count=64"))
          .contains("No space left on device");
      assertThat(TestGuest.run(vm, "rm /big; echo fine > /small; cat /small")).isEqualTo("fine\n");
    }
  }

  @Test
  void whatIsDeletedInTheGuestIsGivenBackToTheHost() throws Exception {
    try (Vm vm = guest.boot()) {
      Path disk = guest.home().boxes().resolve(vm.id()).resolve("scratch.ext4");
      TestGuest.run(vm, "dd if=/dev/urandom of=/big bs=1M count=32; sync");
      assertThat(kibOnHost(disk)).isGreaterThan(30 << 10);
      TestGuest.run(vm, "rm /big; sync");
      // The guest's kernel may still move the file out of the control group that wrote it, which
      // has ended (inode_switch_wbs, fs/fs-writeback.c); the file goes when it lets go.
      await().untilAsserted(() -> assertThat(kibOnHost(disk)).isLessThan(16 << 10));
    }
  }

  private static int kibOnHost(Path file) throws Exception {
    Process du = new ProcessBuilder("du", "-k", file.toString()).start();
    return Integer.parseInt(new String(du.getInputStream().readAllBytes(), UTF_8).split("\\s")[0]);
  }

  @Test
  void anyDirectoryWillDoForAHome(@TempDir Path temp) throws Exception {
    Path directory =
        Files.createDirectories(temp.resolve("a directory, with=all \"that\" 'is' Ünusual"));
    TestGuest elsewhere = TestGuest.open(directory.resolve("x".repeat(150)));
    try (Vm vm = elsewhere.boot()) {
      assertThat(TestGuest.run(vm, "echo here")).isEqualTo("here\n");
    }
    Leftovers.assertNone(elsewhere.home());
  }

  @Test
  void manyMachinesBootAtOnceFromOneRootImage() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        answers.add(
            threads.submit(
                () -> {
                  try (Vm vm = guest.boot()) {
                    return TestGuest.run(vm, "echo $((6 * 7))");
                  }
                }));
      }
      for (Future<String> answer : answers) {
        assertThat(answer.get()).isEqualTo("42\n");
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void stoppingEndsTheMachineInGoodOrder() throws Exception {
    try (Vm vm = guest.boot()) {
      TestGuest.run(vm, "echo data > /file");
      ProcessHandle qemu = ProcessHandle.of(vm.pid()).orElseThrow();
      long start = System.nanoTime();
      vm.stop(Duration.ofSeconds(60));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(40));
      assertThat(qemu.isAlive()).isFalse();
      assertThat(vm.whenLost().get().why()).endsWith("it was stopped");
    }
  }

  @Test
  void closingManyTimesFromManyThreadsIsOneClose() throws Exception {
    Vm vm = guest.boot();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(new Thread(vm::close, "closer"));
    }
    threads.forEach(Thread::start);
    vm.close();
    Leftovers.assertNone(guest.home());
    for (Thread thread : threads) {
      thread.join();
    }
    vm.close();
  }
}
