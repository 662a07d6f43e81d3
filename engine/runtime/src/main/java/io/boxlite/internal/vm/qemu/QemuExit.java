package io.boxlite.internal.vm.qemu;

/**
 * How a QEMU process ended.
 *
 * @param code its exit code, or 128 and the number of the signal that ended it
 * @param ended whether it was this JVM that killed it, unless it was faster
 * @param shutdownReason why the machine was shut down, as QMP's event SHUTDOWN has it; empty when
 *     it was not
 * @param output the end of what QEMU wrote
 */
public record QemuExit(int code, boolean ended, String shutdownReason, String output) {
  private static final int SIGNALLED = 128;
  private static final int SIGKILL = 9;

  /** Whether QEMU ended by itself, and was not killed. */
  public boolean isOfItself() {
    return code < SIGNALLED;
  }

  /** Whether it was killed by this JVM, which knows why. */
  public boolean isKilledByUs() {
    return ended && code == SIGNALLED + SIGKILL;
  }

  /** Says it in a clause. */
  public String describe() {
    String said = output.isEmpty() ? "" : ", saying: " + output;
    if (isKilledByUs()) {
      return "it was ended" + said;
    }
    if (code == SIGNALLED + SIGKILL) {
      return "QEMU was killed by signal 9 (by the host's OOM killer, or by somebody)" + said;
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
