package io.boxlite;

/** What executes the guest's instructions. */
public enum Accelerator {
  /** {@link #KVM} where it truly works, {@link #TCG} elsewhere. */
  AUTO,

  /** The processor's virtualization, through Linux KVM; an error where it does not work. */
  KVM,

  /** QEMU's emulation, the tiny code generator: works everywhere, slower. */
  TCG
}
