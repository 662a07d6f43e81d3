package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.memory.Ledgers;
import io.boxlite.internal.host.memory.MemoryLedger;
import io.boxlite.internal.host.memory.MemoryReservation;
import io.boxlite.internal.vm.Leftovers;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real JVMs that are killed, and real JVMs that begin together in an empty home directory. */
@Timeout(180)
class DeadJvmIT {
  private static final int BOXES = 10;

  @TempDir Path home;
  @TempDir Path logs;

  /** The other JVM: starts boxes, tells of each, and keeps them until its standard input ends. */
  static final class Owner {
    private Owner() {}

    public static void main(String[] args) throws Exception {
      BoxliteOptions options =
          BoxliteOptions.builder()
              .home(Path.of(args[0]))
              .poolSize(2)
              .memoryLimitMib(8192) // ten boxes and two that wait, whatever the machine has
              .build();
      try (Boxlite boxlite = Boxlite.open(options)) {
        List<LiteBox> boxes = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
          LiteBox box = boxlite.create(BoxOptions.builder().memoryMib(128).build());
          box.start(Command.of("sleep", "1000"));
          boxes.add(box);
          System.out.println(box.exec("hostname").stdout().strip());
        }
        System.out.println("done");
        System.in.read();
        boxes.forEach(LiteBox::close);
      }
    }
  }

  @Test
  void aKilledJvmLeavesNothingThatTheNextOneDoesNotSweep() throws Exception {
    Process owner = start(BOXES, "owner");
    assertThat(linesOf(owner)).hasSize(BOXES + 1).endsWith("done");
    List<ProcessHandle> qemus =
        owner.descendants().filter(process -> commandOf(process).contains("qemu")).toList();
    assertThat(qemus).hasSizeGreaterThanOrEqualTo(BOXES);

    owner.destroyForcibly();

    await()
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(qemus).noneMatch(DeadJvmIT::runs));
    assertThat(files("boxes")).hasSizeGreaterThan(BOXES);
    owner.waitFor(); // its locks end with its last thread

    try (Boxlite next = Boxlite.open(BoxliteOptions.builder().home(home).poolSize(0).build())) {
      Leftovers.assertNoFiles(Home.open(home));
      // No lock of the dead: the template can be pruned, and all of the memory be had.
      assertThat(next.templates().prune(0)).isPositive();
      assertThat(next.templates().list()).isEmpty();
      try (LiteBox box = next.create(BoxOptions.builder().memoryMib(128).build())) {
        assertThat(box.info().origin()).isEqualTo(BoxOrigin.COLD_BOOT);
        assertThat(files("memory")).hasSize(2); // the lock, and what this JVM has
      }
    }
    Leftovers.assertNone(Home.open(home));
  }

  @Test
  void whatAnotherJvmKeepsReadyGivesWay() throws Exception {
    Process owner = start(1, "owner");
    assertThat(linesOf(owner)).endsWith("done");
    int charge = 128 + MemoryLedger.OVERHEAD_MIB;
    MemoryLedger ledger = MemoryLedger.open(Home.open(home), Optional.of(2 * charge));
    await().until(() -> ledger.tryAdmit("probe", "", 128).map(DeadJvmIT::giveBack).isEmpty());
    // The other JVM has a box, which stays, and one that nobody has asked for.
    ledger.admit("waiting", "", 128, Duration.ofSeconds(20)).close();
    owner.getOutputStream().close();
    assertThat(owner.waitFor()).isZero();
    assertThat(Ledgers.isIdle(Home.open(home))).isTrue();
  }

  private static boolean giveBack(MemoryReservation reservation) {
    reservation.close();
    return true;
  }

  @Test
  void twoJvmsMayBeginTogetherInAnEmptyHome() throws Exception {
    Process one = start(2, "one");
    Process other = start(2, "other");
    assertThat(linesOf(one)).hasSize(3).endsWith("done");
    assertThat(linesOf(other)).hasSize(3).endsWith("done");
    for (Process each : List.of(one, other)) {
      each.getOutputStream().close();
      assertThat(each.waitFor()).isZero();
    }

    String log =
        Files.readString(logs.resolve("one"), StandardCharsets.UTF_8)
            + Files.readString(logs.resolve("other"), StandardCharsets.UTF_8);
    assertThat(log.split("made the template", -1)).hasSize(2);
    assertThat(log.split("made the root image", -1)).hasSize(2);
    assertThat(files("templates")).filteredOn(name -> name.endsWith(".template")).hasSize(1);
    assertThat(files("rootfs")).filteredOn(name -> name.endsWith(".erofs")).hasSize(1);
    assertThat(files("memory")).containsExactly("lock");
    Leftovers.assertNoFiles(Home.open(home));
  }

  private Process start(int boxes, String log) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Owner.class.getName(),
            home.toString(),
            Integer.toString(boxes))
        .redirectError(logs.resolve(log).toFile())
        .start();
  }

  private static List<String> linesOf(Process owner) throws IOException {
    List<String> lines = new ArrayList<>();
    BufferedReader reader = owner.inputReader(StandardCharsets.UTF_8);
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      lines.add(line);
      if (line.equals("done")) {
        break;
      }
    }
    return lines;
  }

  private static String commandOf(ProcessHandle process) {
    return process.info().command().orElse("");
  }

  /** A process whose parent is gone too may be a zombie until somebody waits for it. */
  private static boolean runs(ProcessHandle process) {
    return process.isAlive() && commandOf(process).contains("qemu");
  }

  private List<String> files(String directory) throws IOException {
    try (Stream<Path> files = Files.list(home.resolve(directory))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
