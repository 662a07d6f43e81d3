package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which programs are judged to have used too much memory, whatever way they use it in. */
@Timeout(180)
class MemoryVerdictsIT extends OneBox {
  MemoryVerdictsIT() {
    super(BoxOptions.builder().memoryMib(192).build());
  }

  @ParameterizedTest
  @CsvSource({"32, EXITED", "128, OUT_OF_MEMORY", "1024, OUT_OF_MEMORY"})
  void aStaticVariableIsJudgedByWhatIsUsedOfIt(int mib, Outcome outcome) {
    Command filling = program("filling" + mib, TinyElf.filling(mib));
    assertThat(box.exec(filling.memoryMib(64)).outcome()).isEqualTo(outcome);
  }

  @Test
  void anAllocationLargerThanTheMachineIsJudgedByWhatIsUsedOfIt() {
    Command allocating = Command.of("dd", "if=/dev/zero", "of=/dev/null", "bs=600M", "count=1");
    assertThat(box.exec(allocating).outcome()).isEqualTo(Outcome.OUT_OF_MEMORY);
    ExecResult unused = box.exec(Command.of("dd", "if=/dev/null", "of=/dev/null", "bs=600M"));
    assertThat(unused.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(unused.exitCode()).isZero();
  }

  @Test
  void theStackIsAsLargeAsItWasAskedFor() {
    Command recursing = program("recursing", TinyElf.recursing(32));
    assertThat(box.exec(recursing).signal()).isEqualTo(11); // SIGSEGV, signal(7)
    assertThat(box.exec(recursing.stackMib(31)).signal()).isEqualTo(11);
    assertThat(box.exec(recursing.stackMib(33)).exitCode()).isZero();
    Command unlimited = recursing.stackMib(Command.UNLIMITED_STACK);
    assertThat(box.exec(unlimited).exitCode()).isZero();
    assertThat(box.exec(unlimited.memoryMib(16)).outcome()).isEqualTo(Outcome.OUT_OF_MEMORY);
    Command limits = Command.of("sh", "-c", "echo $(ulimit -s) $(ulimit -Hs)");
    assertThat(box.exec(limits).stdout()).isEqualTo("8192 unlimited\n");
    assertThat(box.exec(limits.stackMib(3)).stdout()).isEqualTo("3072 3072\n");
  }

  @Test
  void aProgramThatHasNoRoomForItsOwnTextIsOutOfMemory() {
    // Each command leaves up to 5 MiB of it in the box's page cache, where the next one finds it.
    program("wandering.of", TinyElf.wandering(32));
    // A copy of which no more than that is in memory.
    Command copying = Command.of("cp", "/tmp/wandering.of", "/tmp/wandering").memoryMib(5);
    assertThat(box.exec(copying).exitCode()).isZero();
    Command wandering = Command.of("/tmp/wandering").memoryMib(5);
    ExecResult result = box.exec(wandering);
    assertThat(result.outcome()).isEqualTo(Outcome.OUT_OF_MEMORY);
    assertThat(result.peakMemoryBytes()).isGreaterThan(4 << 20);
    assertThat(box.exec(wandering.timeout(Duration.ofMillis(1500))).outcome())
        .isEqualTo(Outcome.OUT_OF_MEMORY);
    assertThat(box.exec(wandering.memoryMib(64).timeout(Duration.ofSeconds(1))).outcome())
        .isEqualTo(Outcome.TIMED_OUT);
  }

  @Test
  void readingMoreThanTheLimitFromFilesIsAllowed() {
    Command reading =
        Command.of(
            "sh",
            "-c",
            "dd if=/dev/zero of=/tmp/data bs=1M count=24 2>/dev/null;"
                + " end=$(($(date +%s) + 4));"
                + " while [ $(date +%s) -lt $end ]; do cat /tmp/data > /dev/null; done");
    assertThat(box.exec(reading.memoryMib(8)).outcome()).isEqualTo(Outcome.EXITED);
  }

  @Test
  void aCommandWithinItsLimitOutlivesOneThatTakesTheRest() throws IOException {
    Command bounded = program("holding60", TinyElf.holding(60)).memoryMib(64);
    program("holding20", TinyElf.holding(20));
    // The largest process is the bounded command's, and the others are many.
    Command spread = Command.of("sh", "-c", "for i in 1 2 3 4 5 6 7 8; do holding20 & done; wait");
    try (Execution innocent = box.start(bounded)) {
      assertThat(innocent.stdout().read()).isEqualTo(1);
      assertThat(box.exec(spread.env("PATH", "/tmp:/bin")).outcome())
          .isEqualTo(Outcome.OUT_OF_MEMORY);
      assertThat(innocent.isRunning()).isTrue();
    }
  }

  @Test
  void aCommandThatIsKilledForTheMemoryOfOthersIsNotJudgedForIt() {
    String fill = "dd if=/dev/zero of=/dev/shm/file bs=1M count=80 2>/dev/null";
    assertThat(box.exec("sh", "-c", fill).exitCode()).isZero();
    try {
      Command small = program("filling85", TinyElf.filling(85)).memoryMib(96);
      assertThat(box.exec(small).outcome()).isEqualTo(Outcome.BOX_OUT_OF_MEMORY);
    } finally {
      box.exec("rm", "/dev/shm/file");
    }
  }

  private Command program(String name, byte[] content) {
    String path = "/tmp/" + name;
    box.writeFile(path, content);
    assertThat(box.exec("chmod", "+x", path).exitCode()).isZero();
    return Command.of(path).timeout(Duration.ofSeconds(60));
  }
}
