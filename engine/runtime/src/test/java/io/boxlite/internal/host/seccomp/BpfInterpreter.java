package io.boxlite.internal.host.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Executes the instructions of classic BPF that a filter consists of, as the kernel would. */
final class BpfInterpreter {
  private final ByteBuffer program;

  BpfInterpreter(byte[] program) {
    this.program = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns the action for a call. */
  int run(int architecture, int number, long... arguments) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(0, number).putInt(4, architecture);
    for (int i = 0; i < arguments.length; i++) {
      data.putLong(16 + 8 * i, arguments[i]);
    }
    int accumulator = 0;
    int next = 0;
    while (true) { // jumps only lead forwards
      int at = 8 * next++;
      int operand = program.getInt(at + 4);
      switch (program.getShort(at)) {
        case 0x20 -> accumulator = data.getInt(operand);
        case 0x54 -> accumulator &= operand;
        case 0x15 -> next += Byte.toUnsignedInt(program.get(at + (accumulator == operand ? 2 : 3)));
        case 0x06 -> {
          return operand;
        }
        default -> throw new AssertionError("instruction " + program.getShort(at));
      }
    }
  }
}
