package io.boxlite.internal.host.seccomp;

import io.boxlite.Accelerator;

/**
 * The system call filter of a QEMU process: what QEMU needs to run a box is allowed, everything
 * else ends the process with SIGSYS. The lists {@code qemu.txt} and {@code qemu-kvm.txt} in this
 * package say what that is, and why.
 *
 * <p>The filter is for a QEMU that connects to all its sockets, creates no files and is loaded
 * right before QEMU is executed, such as by {@code bwrap --seccomp}.
 */
public final class SeccompFilter {
  private final byte[] program;
  private final int allowedCalls;

  private SeccompFilter(AllowList list) {
    program = FilterAssembler.assemble(list.rules());
    allowedCalls = list.executedCalls();
  }

  /**
   * Returns the filter for QEMU with an accelerator.
   *
   * @throws IllegalArgumentException for {@link Accelerator#AUTO}
   */
  public static SeccompFilter forAccelerator(Accelerator accelerator) {
    return switch (accelerator) {
      case TCG -> Tcg.FILTER;
      case KVM -> Kvm.FILTER;
      case AUTO ->
          throw new IllegalArgumentException("accelerator is AUTO; resolve it to KVM or TCG first");
    };
  }

  /** Returns the filter for an allow-list. */
  static SeccompFilter of(AllowList list) {
    return new SeccompFilter(list);
  }

  private static final class Tcg {
    private static final SeccompFilter FILTER = of(AllowList.read("qemu.txt"));
  }

  private static final class Kvm {
    // First what is called most: the program tests in this order.
    private static final SeccompFilter FILTER = of(AllowList.read("qemu-kvm.txt", "qemu.txt"));
  }

  /** Returns the program: an array of {@code struct sock_filter}, as {@code bwrap} reads it. */
  public byte[] program() {
    return program.clone();
  }

  /** Returns how many system calls the filter lets the process make. */
  public int allowedCalls() {
    return allowedCalls;
  }
}
