package io.boxlite.internal.guest;

import java.util.function.Supplier;

/** A guest said what its contract does not allow. The message completes "the guest sent …". */
final class ContractViolation extends Exception {
  private static final long serialVersionUID = 1L;

  ContractViolation(String what) {
    super(what);
  }

  static void unless(boolean holds, Supplier<String> what) throws ContractViolation {
    if (!holds) {
      throw new ContractViolation(what.get());
    }
  }
}
