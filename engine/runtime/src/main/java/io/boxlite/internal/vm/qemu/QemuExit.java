package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.vm.machine.ExitReport;

/**
 * How a QEMU process ended.
 *
 * @param code its exit code, or 128 plus the number of the signal that killed it
 * @param killed whether this JVM killed it, unless it had ended already
 * @param shutdownReason the reason in QMP's event SHUTDOWN; empty when there was none
 * @param output the end of what QEMU wrote
 * @param cause the system call that its filter refused, such as {@code syscall 101 ptrace}, or why
 *     the kernel killed it; empty when it is not known
 */
record QemuExit(int code, boolean killed, String shutdownReason, String output, String cause) {
  private static final int SIGNALLED = 128;
  private static final int SIGKILL = 9;

  /** The exit code after SIGSYS, signal 31. */
  static final int FILTERED = SIGNALLED + 31;

  /** Returns the exit in the form that all hypervisors have in common. */
  ExitReport report() {
    return new ExitReport(describe(), code < SIGNALLED && !isJailFailure(), isKilledByUs());
  }

  private boolean isKilledByUs() {
    return killed && code == SIGNALLED + SIGKILL;
  }

  /** Returns whether QEMU was not even started. */
  private boolean isJailFailure() {
    return output.startsWith("bwrap: ") || output.startsWith("sh: ");
  }

  private String describe() {
    String said = output.isEmpty() ? "" : ", saying: " + output;
    if (isKilledByUs()) {
      return "it was killed" + said;
    }
    if (code == SIGNALLED + SIGKILL && !cause.isEmpty()) {
      return "QEMU was killed, because " + cause + said;
    }
    if (code == SIGNALLED + SIGKILL) {
      return "QEMU was killed by signal 9 (by the host's OOM killer or by a user)" + said;
    }
    if (code == FILTERED) {
      return "QEMU was ended by its system call filter"
          + (cause.isEmpty()
              ? " (the kernel's log says which call it was: dmesg | grep type=1326)"
              : " (" + cause + ")")
          + said;
    }
    if (isJailFailure()) {
      return "QEMU's jail cannot be made" + said;
    }
    if (code > SIGNALLED) {
      return "QEMU was killed by signal " + (code - SIGNALLED) + said;
    }
    if (shutdownReason.equals("guest-reset") || shutdownReason.equals("guest-panic")) {
      return "the guest's kernel panicked or rebooted (" + shutdownReason + ")" + said;
    }
    String reason = shutdownReason.isEmpty() ? "" : " (" + shutdownReason + ")";
    return "QEMU ended with exit code " + code + reason + said;
  }
}
