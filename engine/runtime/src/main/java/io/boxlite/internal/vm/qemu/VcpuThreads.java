package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.ThreadSchedule;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The threads of a QEMU process that run its guest's processors.
 *
 * <p>They are known by their names, which QEMU gives them with {@code -name debug-threads=on}: with
 * KVM, and with an emulator that uses several threads, one a processor, otherwise one for all
 * ({@code accel/*} of QEMU).
 */
final class VcpuThreads {
  private static final Pattern NAME = Pattern.compile("(CPU \\d+|ALL CPUs)/(KVM|TCG)\\s*");

  private final long pid;
  private volatile List<Long> threads = List.of();

  /** Those of a process, which need not have started them yet. */
  VcpuThreads(long pid) {
    this.pid = pid;
  }

  /**
   * What the host's scheduler has given each of them since it started, in the order in which they
   * were started. Empty before the machine is made, after QEMU has ended, and where the kernel
   * keeps no account.
   */
  List<ThreadSchedule> schedules() {
    List<ThreadSchedule> schedules = new ArrayList<>();
    for (long thread : threads()) {
      ThreadSchedule.of(pid, thread).ifPresent(schedules::add);
    }
    return schedules;
  }

  /** QEMU makes all of them before its monitor greets, and none later: they are looked for once. */
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
    Path tasks = Path.of("/proc", Long.toString(pid), "task");
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
