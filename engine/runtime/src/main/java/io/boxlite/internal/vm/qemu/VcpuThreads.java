package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.ThreadSchedule;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * The threads of a QEMU process that run its guest's processors.
 *
 * <p>They are identified by the names that QEMU gives them with {@code -name debug-threads=on}.
 * With KVM and multi-threaded emulation there is one per processor, otherwise one for all of them
 * ({@code accel/*} of QEMU).
 */
final class VcpuThreads {
  private static final Pattern NAME = Pattern.compile("(CPU \\d+|ALL CPUs)/(KVM|TCG)\\s*");

  private final LongSupplier process;
  private volatile List<Long> threads = List.of();

  /** Observes a process, which need not have started the threads yet. */
  VcpuThreads(LongSupplier process) {
    this.process = process;
  }

  /**
   * Returns the scheduling statistics of each thread since its start, in the order in which they
   * were started. Empty before QEMU has created the machine, after QEMU has ended, and if the
   * kernel keeps no statistics.
   */
  List<ThreadSchedule> schedules() {
    List<ThreadSchedule> schedules = new ArrayList<>();
    long pid = process.getAsLong();
    for (long thread : threads()) {
      ThreadSchedule.of(pid, thread).ifPresent(schedules::add);
    }
    return schedules;
  }

  /** Finds the threads once: QEMU creates all of them before its monitor sends the greeting. */
  private List<Long> threads() {
    List<Long> known = threads;
    if (known.isEmpty()) {
      known = find();
      threads = known;
    }
    return known;
  }

  private List<Long> find() {
    List<Long> found = new ArrayList<>();
    Path tasks = Path.of("/proc", Long.toString(process.getAsLong()), "task");
    try (DirectoryStream<Path> directory = Files.newDirectoryStream(tasks)) {
      for (Path task : directory) {
        if (NAME.matcher(Files.readString(task.resolve("comm"))).matches()) {
          found.add(Long.parseLong(String.valueOf(task.getFileName())));
        }
      }
    } catch (IOException | RuntimeException e) {
      return List.of(); // QEMU, or one of its threads, has just ended
    }
    found.sort(null);
    return List.copyOf(found);
  }
}
