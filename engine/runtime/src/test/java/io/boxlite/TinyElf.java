package io.boxlite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Programs for linux on x86-64 that do one thing to memory, made without a compiler (ELF-64 Object
 * File Format, version 1.5).
 */
final class TinyElf {
  private static final int HEADER = 64;
  private static final int SEGMENT = 56;
  private static final int PAGE = 4096;
  private static final int TEXT = 0x400000;
  private static final int DATA = 0x10000000;
  private static final int READ_EXECUTE = 5;
  private static final int READ_WRITE = 6;
  private static final byte[] EXIT = bytes(0x31, 0xFF, 0xB8, 60, 0, 0, 0, 0x0F, 0x05);

  private static final byte[] SAY_SO_AND_STAY =
      bytes(
          0xBE, 0, 0, 0, 0x10, // mov esi, DATA
          0xBA, 1, 0, 0, 0, // mov edx, 1
          0x89, 0xD7, 0x89, 0xD0, 0x0F, 0x05, // mov edi, edx; mov eax, edx; syscall: write(2)
          0xB8, 34, 0, 0, 0, 0x0F, 0x05, 0xEB, 0xF7); // again: pause(2)

  private TinyElf() {}

  /** Has a static variable of so many MiB, writes to each of its pages, and exits with 0. */
  static byte[] filling(int mib) {
    return filling(mib, EXIT);
  }

  /** The same, but writes a byte to standard output then, and stays. */
  static byte[] holding(int mib) {
    return filling(mib, SAY_SO_AND_STAY);
  }

  private static byte[] filling(int mib, byte[] end) {
    ByteBuffer code =
        code()
            .put((byte) 0xBF) // mov edi, DATA
            .putInt(DATA)
            .put((byte) 0xB9) // mov ecx, pages
            .putInt(mib << 8)
            .put(bytes(0xC6, 0x07, 1)) // next: mov byte [rdi], 1
            .put(bytes(0x48, 0x81, 0xC7, 0, 0x10, 0, 0)) // add rdi, PAGE
            .put(bytes(0xFF, 0xC9, 0x75, 0xF2)); // dec ecx; jnz next
    return program(code.put(end), 0, (long) mib << 20);
  }

  /** Needs so many MiB of stack, and exits with 0. */
  static byte[] recursing(int mib) {
    ByteBuffer code =
        code()
            .put((byte) 0xB9) // mov ecx, pages
            .putInt(mib << 8)
            .put(bytes(0x48, 0x81, 0xEC, 0, 0x10, 0, 0)) // next: sub rsp, PAGE
            .put(bytes(0xC6, 0x04, 0x24, 1)) // mov byte [rsp], 1
            .put(bytes(0xFF, 0xC9, 0x75, 0xF1)); // dec ecx; jnz next
    return program(code.put(EXIT), 0, 0);
  }

  /** Has a text of so many MiB, a power of two, in which it jumps about for ever. */
  static byte[] wandering(int mib) {
    ByteBuffer code =
        code()
            .put(bytes(0xBB, 1, 0, 0, 0)) // mov ebx, 1
            .put(bytes(0x69, 0xDB, 0x0D, 0x66, 0x19, 0)) // next: imul ebx, ebx, 1664525
            .put(bytes(0x81, 0xC3, 0x5F, 0xF3, 0x6E, 0x3C)) // add ebx, 1013904223
            .put(bytes(0x89, 0xD8, 0xC1, 0xE8, 8, 0x25)) // mov eax, ebx; shr eax, 8; and eax, ...
            .putInt((mib << 8) - 1) // ... the number of a page
            .put(bytes(0xC1, 0xE0, 12, 0x8A, 0x88)) // shl eax, 12; mov cl, [rax + ...
            .putInt(TEXT) // ... TEXT]
            .put(bytes(0xEB, 0xDF)); // jmp next
    return program(code, mib << 20, 0);
  }

  private static ByteBuffer code() {
    return ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] program(ByteBuffer code, int textBytes, long dataBytes) {
    int entry = HEADER + 2 * SEGMENT;
    int fileBytes = Math.max(entry + code.capacity(), textBytes);
    ByteBuffer file = ByteBuffer.allocate(fileBytes).order(ByteOrder.LITTLE_ENDIAN);
    file.put(bytes(0x7F, 'E', 'L', 'F', 2, 1, 1)).position(16);
    file.putShort((short) 2).putShort((short) 62).putInt(1); // ET_EXEC, EM_X86_64, EV_CURRENT
    file.putLong(TEXT + entry).putLong(HEADER).putLong(0).putInt(0);
    file.putShort((short) HEADER).putShort((short) SEGMENT).putShort((short) 2);
    file.position(HEADER);
    segment(file, READ_EXECUTE, TEXT, fileBytes, fileBytes);
    segment(file, READ_WRITE, DATA, 0, Math.max(PAGE, dataBytes));
    file.put(code.flip());
    return file.array();
  }

  private static void segment(ByteBuffer file, int access, long at, long inFile, long inMemory) {
    file.putInt(1).putInt(access).putLong(0).putLong(at).putLong(at); // PT_LOAD
    file.putLong(inFile).putLong(inMemory).putLong(PAGE);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
