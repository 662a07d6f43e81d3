package io.boxlite.bench;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import io.boxlite.Outcome;
import io.boxlite.internal.vm.ColdBoots;
import io.boxlite.internal.vm.Vm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Measures a cold boot, and in one box a command's round trip against fork and exec timed inside
 * the guest, its output's throughput, its memory when idle.
 *
 * <p>Arguments: the static {@code fork_exec} program, and the JSON file to write.
 */
public final class BootBench {
  private static final int BOOTS = 20;
  private static final int ROUNDS = 4;
  private static final int EXECS_PER_ROUND = 50;
  private static final int STREAMS = 5;
  private static final int STREAM_MIB = 64;

  private BootBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) throws Exception {
    Report report = new Report();
    Path tar = Files.createTempFile("boxlite-bench", ".tar");
    try (Boxlite boxlite = Boxlite.open()) {
      ForkExecImage.write(Path.of(args[0]), tar);
      BoxOptions options = BoxOptions.image("rootfs:" + tar).build();
      boots(report);
      try (LiteBox box = boxlite.create(options)) {
        execs(box, report);
        report.put("stdoutMiBPerS", throughput(box));
      }
      try (LiteBox box = boxlite.create(BoxOptions.builder().build())) {
        TimeUnit.SECONDS.sleep(3); // idle is what is measured here
        report.put("idlePssMiB", Qemus.pssMib(box));
      }
    } finally {
      Files.delete(tar);
    }
    report.write(Path.of(args[1]));
  }

  private static void boots(Report report) throws Exception {
    ColdBoots machines = new ColdBoots();
    machines.boot().close(); // warms this JVM up
    Samples boots = new Samples();
    for (int i = 0; i < BOOTS; i++) {
      try (Vm vm = boots.time(machines::boot)) {
        report.put("accelerator", vm.kind().accelerator().name());
      }
    }
    report.put("coldBootMs.p50", boots.p50());
    report.put("coldBootMs.p95", boots.p95());
  }

  private static void execs(LiteBox box, Report report) throws Exception {
    Samples execs = new Samples();
    Samples forkExecs = new Samples();
    Command inGuest = Command.of("/bin/fork_exec", String.valueOf(EXECS_PER_ROUND), "/bin/true");
    for (int i = 0; i < EXECS_PER_ROUND; i++) {
      expectSuccess(box.exec("/bin/true")); // warm-up
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < EXECS_PER_ROUND; i++) {
        expectSuccess(execs.time(() -> box.exec("/bin/true")));
      }
      expectSuccess(box.exec(inGuest))
          .stdout()
          .lines()
          .map(Long::valueOf)
          .forEach(forkExecs::addNanos);
    }
    report.put("execTrueMs.p50", execs.p50());
    report.put("guestForkExecMs.p50", forkExecs.p50());
  }

  private static double throughput(LiteBox box) throws IOException {
    Samples streams = new Samples();
    Command flood =
        Command.of("dd", "if=/dev/zero", "bs=128k", "count=" + STREAM_MIB * 8)
            .maxOutputBytes((long) STREAM_MIB << 20);
    byte[] buffer = new byte[1 << 16];
    for (int i = 0; i < STREAMS; i++) {
      long start = System.nanoTime();
      long bytes = 0;
      try (Execution execution = box.start(flood)) {
        for (int n = 0; n >= 0; n = execution.stdout().read(buffer)) {
          bytes += n;
        }
        expectSuccess(execution.await());
      }
      if (bytes != (long) STREAM_MIB << 20) {
        throw new IllegalStateException("read " + bytes + " bytes of " + STREAM_MIB + " MiB");
      }
      streams.addNanos(System.nanoTime() - start);
    }
    return Math.round(STREAM_MIB / (streams.p50() / 1e3) * 10) / 10.0;
  }

  private static ExecResult expectSuccess(ExecResult result) {
    if (result.outcome() != Outcome.EXITED || result.exitCode() != 0) {
      throw new IllegalStateException("a measured command failed: " + result + result.stderr());
    }
    return result;
  }
}
