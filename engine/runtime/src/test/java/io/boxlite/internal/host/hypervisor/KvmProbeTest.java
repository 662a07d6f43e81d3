package io.boxlite.internal.host.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KvmProbeTest {
  private static final Path KVM = Path.of("/dev/kvm");

  @TempDir Path directory;

  @Test
  void aMissingDeviceIsToldWithWhatToDo() {
    KvmProbe probe = KvmProbe.probe(directory.resolve("kvm"));
    assertThat(probe.works()).isFalse();
    assertThat(probe.reason()).contains(directory + "/kvm does not exist", "virtualization");
  }

  @Test
  void anInterruptOfWhoeverAsksFirstIsNoVerdict() {
    Thread.currentThread().interrupt();
    KvmProbe probe = KvmProbe.probe(directory.resolve("kvm"));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(probe.reason()).contains("does not exist");
  }

  @Test
  void aDeviceThatIsNotKvmIsToldWithTheKernelsWords() {
    KvmProbe probe = KvmProbe.probe(Path.of("/dev/null"));
    assertThat(probe.works()).isFalse();
    assertThat(probe.reason()).startsWith("/dev/null cannot be used: ").contains("Inappropriate");
  }

  @Test
  void aRefusedUserIsToldWhatToDo() throws IOException {
    assumeFalse("root".equals(System.getProperty("user.name")), "nothing is refused to root");
    Path device = Files.createFile(directory.resolve("kvm"));
    Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("---------"));
    assertThat(KvmProbe.probe(device).reason())
        .contains("permission denied", "sudo chmod 666 " + device, System.getProperty("user.name"));
  }

  @Test
  void theDeviceOfThisMachineIsJudgedByTheTimeThatGuestCodeTakes() {
    assumeTrue(Files.isWritable(KVM), "there is no /dev/kvm, or not for this user");
    KvmProbe probe = KvmProbe.probe(KVM);
    assertThat(probe.reason()).matches(".*\\d+ instructions took \\d.*|.*: \\d+ took \\d.*");
    assertThat(probe.cost()).isLessThan(Duration.ofSeconds(10));
    assertThat(KvmProbe.probe(KVM).works()).isEqualTo(probe.works());
  }

  @Test
  void theVerdictAgreesWithTheTimeOfLongRuns() {
    assumeTrue(Files.isWritable(KVM), "there is no /dev/kvm, or not for this user");
    long rounds = 100_000;
    long shortest = Long.MAX_VALUE;
    try (KvmGuest guest = new KvmGuest(KVM.toString())) {
      for (int i = 0; i < 5; i++) {
        shortest = Math.min(shortest, guest.run(rounds));
      }
    }
    boolean fast = shortest < rounds * KvmGuest.INSTRUCTIONS_PER_ROUND * 80;
    assertThat(KvmProbe.probe(KVM).works()).isEqualTo(fast);
  }

  /**
   * A host where entering a guest and leaving it again takes so long, and an instruction so long.
   */
  private static LongUnaryOperator host(double entryMillis, double nanosAnInstruction) {
    AtomicLong runs = new AtomicLong();
    return rounds -> {
      // Some entries take half as long again, as on a host that has other things to do.
      double entry = entryMillis * (runs.incrementAndGet() % 3 == 0 ? 1 : 1.5);
      double running = rounds * KvmGuest.INSTRUCTIONS_PER_ROUND * nanosAnInstruction;
      return Math.round(entry * 1e6 + running);
    };
  }

  @ParameterizedTest(name = "{0} ms to enter, {1} ns an instruction")
  @CsvSource({
    "0.002, 0.7, true",
    "3.4, 1, true", // KVM in a machine that is itself emulated
    "20, 15, true",
    "0.002, 300, false",
    "3.4, 300, false",
    "0.01, 120, false",
  })
  void howLongAGuestTakesToEnterSaysNothing(double entry, double instruction, boolean hardware) {
    KvmProbe.Speed speed = KvmProbe.Speed.measure(host(entry, instruction));
    assertThat(speed.isHardware()).as("%s", speed).isEqualTo(hardware);
  }

  @Test
  void anEmulatorIsKnownWithoutALongRun() {
    AtomicLong longest = new AtomicLong();
    LongUnaryOperator host = host(0.01, 300);
    KvmProbe.Speed.measure(
        rounds -> {
          longest.accumulateAndGet(rounds, Math::max);
          return host.applyAsLong(rounds);
        });
    assertThat(longest.get() * KvmGuest.INSTRUCTIONS_PER_ROUND).isLessThan(20_000);
  }

  @Test
  void leavesNothingOpenOrMapped() throws IOException {
    assumeTrue(Files.isWritable(KVM), "there is no /dev/kvm, or not for this user");
    KvmProbe.probe(KVM);
    assertThat(openFiles()).noneMatch(target -> target.matches("/dev/kvm|anon_inode:.*kvm.*"));
    assertThat(Files.readAllLines(Path.of("/proc/self/maps")))
        .noneMatch(line -> line.contains("kvm-vcpu"));
  }

  @Test
  void aMachineThatCannotBeMadeClosesWhatWasOpened() throws IOException {
    assertThatThrownBy(() -> new KvmGuest("/dev/zero")).isInstanceOf(LastErrorException.class);
    assertThat(openFiles()).noneMatch(target -> target.equals("/dev/zero"));
  }

  @Test
  void isCachedForTheJvm() {
    assertThat(KvmProbe.result()).isSameAs(KvmProbe.result());
  }

  private static List<String> openFiles() throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return fds.map(KvmProbeTest::target).toList();
    }
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException e) {
      return ""; // The descriptor of the listing itself is gone by now.
    }
  }
}
