package io.boxlite.internal.host.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Assembles the classic BPF program of a filter: an array of {@code struct sock_filter}
 * (linux/filter.h) that examines a {@code struct seccomp_data} (linux/seccomp.h).
 *
 * <p>The program tests the numbers in the order of the list. From Linux 5.11 on, the kernel runs it
 * only for calls whose arguments are tested; it knows the result of the others in advance.
 */
final class FilterAssembler {
  // linux/bpf_common.h: BPF_LD|BPF_W|BPF_ABS, BPF_ALU|BPF_AND|BPF_K, BPF_JMP|BPF_JEQ|BPF_K,
  // BPF_RET|BPF_K
  private static final int LOAD = 0x20;
  private static final int AND = 0x54;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;

  // linux/seccomp.h
  private static final int KILL_PROCESS = 0x80000000;
  private static final int ERRNO = 0x00050000;
  private static final int ALLOW = 0x7fff0000;
  private static final int NUMBER = 0;
  private static final int ARCHITECTURE = 4;
  private static final int ARGUMENTS = 16;

  /** AUDIT_ARCH_X86_64 of linux/audit.h. */
  static final int X86_64 = 0xc000003e;

  /** __X32_SYSCALL_BIT of asm/unistd.h: numbers from here on are of the x32 ABI. */
  static final int X32 = 0x40000000;

  private static final int BYTES = 8;

  /** BPF_MAXINSNS of linux/bpf_common.h. */
  private static final int MOST_INSTRUCTIONS = 4096;

  private static final int LONGEST_JUMP = 255;

  private record Instruction(int code, int ifTrue, int ifFalse, int operand) {}

  private FilterAssembler() {}

  /**
   * Returns the program.
   *
   * @param calls the rules of each system call
   */
  static byte[] assemble(Collection<List<Rule>> calls) {
    List<Instruction> program = new ArrayList<>();
    program.add(load(ARCHITECTURE));
    program.add(jumpIfEqual(X86_64, 1, 0));
    program.add(returning(KILL_PROCESS));
    program.add(load(NUMBER));
    // A number of the x32 ABI has a bit of its own, so it is equal to none in the list.
    for (List<Rule> call : calls) {
      List<Instruction> block = block(call);
      program.add(jumpIfEqual(call.get(0).number(), 0, jump(block.size())));
      program.addAll(block);
    }
    program.add(returning(KILL_PROCESS));
    return bytes(program);
  }

  /** Returns the instructions for a call, which always return. */
  private static List<Instruction> block(List<Rule> call) {
    List<Instruction> block = new ArrayList<>();
    for (Rule rule : call) {
      block.addAll(rule(rule));
    }
    if (!call.get(call.size() - 1).tests().isEmpty()) {
      block.add(returning(KILL_PROCESS));
    }
    return block;
  }

  /** Returns the instructions for a rule, which continue after their end if it does not apply. */
  private static List<Instruction> rule(Rule rule) {
    List<Instruction> backwards = new ArrayList<>();
    backwards.add(returning(rule.errno() == 0 ? ALLOW : ERRNO | rule.errno()));
    for (int i = rule.tests().size() - 1; i >= 0; i--) {
      ArgumentTest test = rule.tests().get(i);
      int toEnd = jump(backwards.size());
      backwards.add(jumpIfEqual(test.value(), test.equal() ? 0 : toEnd, test.equal() ? toEnd : 0));
      if (test.mask() != ArgumentTest.ALL_BITS) {
        backwards.add(new Instruction(AND, 0, 0, test.mask()));
      }
      // The low half of a 64-bit argument comes first on x86-64.
      backwards.add(load(ARGUMENTS + test.argument() * Long.BYTES));
    }
    List<Instruction> forwards = new ArrayList<>();
    for (int i = backwards.size() - 1; i >= 0; i--) {
      forwards.add(backwards.get(i));
    }
    return forwards;
  }

  private static int jump(int distance) {
    if (distance > LONGEST_JUMP) {
      throw new IllegalArgumentException(
          "the lines of a system call take "
              + distance
              + " instructions, of which at most "
              + LONGEST_JUMP
              + " can be jumped over; list fewer alternatives");
    }
    return distance;
  }

  private static Instruction load(int offset) {
    return new Instruction(LOAD, 0, 0, offset);
  }

  private static Instruction jumpIfEqual(int value, int ifTrue, int ifFalse) {
    return new Instruction(JUMP_IF_EQUAL, ifTrue, ifFalse, value);
  }

  private static Instruction returning(int action) {
    return new Instruction(RETURN, 0, 0, action);
  }

  private static byte[] bytes(List<Instruction> program) {
    if (program.size() > MOST_INSTRUCTIONS) {
      throw new IllegalArgumentException(
          "the filter has "
              + program.size()
              + " instructions, and the kernel accepts "
              + MOST_INSTRUCTIONS
              + "; list fewer system calls");
    }
    ByteBuffer bytes = ByteBuffer.allocate(program.size() * BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Instruction each : program) {
      bytes.putShort((short) each.code);
      bytes.put((byte) each.ifTrue);
      bytes.put((byte) each.ifFalse);
      bytes.putInt(each.operand);
    }
    return bytes.array();
  }
}
