package io.boxlite.internal.host.seccomp;

import io.boxlite.internal.host.KernelLog;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the system call for which a filter ended a process, in the kernel's log. */
public final class SeccompViolation {
  /** AUDIT_SECCOMP of linux/audit.h. */
  private static final Pattern RECORD =
      Pattern.compile(
          "type=1326 audit\\((?<seconds>\\d{1,18})\\.\\d+:\\d+\\): .*?\\bpid=(?<pid>\\d{1,18}) "
              + ".*\\barch=(?<arch>[0-9a-f]{1,8}) syscall=(?<call>-?\\d{1,10}) ");

  /** A thread of the kernel writes the record, shortly after the process has ended. */
  private static final int ATTEMPTS = 10;

  private static final long PAUSE_MILLIS = 20;

  private SeccompViolation() {}

  /**
   * Returns the system call for which a process was ended, such as {@code syscall 101 ptrace}.
   *
   * <p>This is empty where the kernel does not log it, or where this process may not read the log:
   * that can take CAP_SYSLOG (sysctl {@code kernel.dmesg_restrict}), and with an audit daemon, the
   * record goes there. The log has the numbers of the initial PID namespace, so nothing is found in
   * a container either. Waits at most 0.2 s, and throws nothing.
   *
   * @param pid the number of the process, which has ended by SIGSYS
   * @param started when it was started, or earlier: an older record is of another process
   */
  public static Optional<String> find(long pid, Instant started) {
    for (int i = 0; i < ATTEMPTS; i++) {
      Optional<List<String>> log = KernelLog.read();
      if (log.isEmpty()) {
        return Optional.empty();
      }
      Optional<String> found = find(log.get(), pid, started);
      if (found.isPresent()) {
        return found;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** Returns the last call in a log. */
  static Optional<String> find(List<String> log, long pid, Instant started) {
    for (int i = log.size() - 1; i >= 0; i--) {
      Matcher record = RECORD.matcher(log.get(i));
      if (record.find()
          && Long.parseLong(record.group("pid")) == pid
          // The kernel's coarse clock may be some milliseconds late.
          && Long.parseLong(record.group("seconds")) >= started.getEpochSecond() - 1) {
        return Optional.of(
            describe(
                (int) Long.parseLong(record.group("call")),
                Integer.parseUnsignedInt(record.group("arch"), 16)));
      }
    }
    return Optional.empty();
  }

  private static String describe(int number, int architecture) {
    if (architecture != FilterAssembler.X86_64) {
      return "syscall " + number + " of architecture 0x" + Integer.toHexString(architecture);
    }
    if (number >= FilterAssembler.X32) {
      return "syscall " + (number - FilterAssembler.X32) + " of the x32 ABI";
    }
    return "syscall "
        + number
        + SystemCalls.x8664().name(number).map(name -> " " + name).orElse("");
  }
}
