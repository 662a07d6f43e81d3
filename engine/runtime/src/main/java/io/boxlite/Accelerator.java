package io.boxlite;

/** How the guest's instructions are executed. */
public enum Accelerator {
  /** Selects {@link #KVM} where it works at hardware speed, otherwise {@link #TCG}. */
  AUTO,

  /** Hardware virtualization through Linux KVM. A box does not start where KVM is not usable. */
  KVM,

  /** Emulation by QEMU's Tiny Code Generator. Slower, but works everywhere. */
  TCG
}
