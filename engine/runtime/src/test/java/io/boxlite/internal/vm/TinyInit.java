package io.boxlite.internal.vm;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;

/** First root file systems with nothing but an init, such as a few instructions that do no good. */
public final class TinyInit {
  private static final long LOAD_ADDRESS = 0x400000;
  private static final int ELF_HEADER = 64;
  private static final int PROGRAM_HEADER = 56;

  private TinyInit() {}

  /** Waits for ever: {@code for (;;) pause();}. */
  static Path thatSleeps(Path file) throws IOException {
    return write(file, HexFormat.of().parseHex("b822000000" + "0f05" + "ebf7"));
  }

  /** Ends, which a kernel takes for the end of the world: {@code exit(0);}. */
  static Path thatEnds(Path file) throws IOException {
    return write(file, HexFormat.of().parseHex("b83c000000" + "31ff" + "0f05"));
  }

  /** Writes a line to the console again and again. */
  static Path thatFloods(Path file, String line) throws IOException {
    byte[] text = line.getBytes(US_ASCII);
    // mov eax,1 (write); mov edi,1; lea rsi,[rip+9]; mov edx,length; syscall; jmp to the start
    ByteBuffer code = ByteBuffer.allocate(33 - 7 + text.length).order(ByteOrder.LITTLE_ENDIAN);
    code.put(HexFormat.of().parseHex("b801000000" + "bf01000000" + "488d35"));
    code.putInt(9).put((byte) 0xba).putInt(text.length);
    code.put(HexFormat.of().parseHex("0f05" + "ebe6"));
    code.put(text);
    return write(file, code.array());
  }

  /** Runs a program that needs no libraries. */
  public static Path of(Path program, Path file) throws IOException {
    return archive(file, Files.readAllBytes(program));
  }

  private static Path write(Path file, byte[] code) throws IOException {
    return archive(file, elf(code));
  }

  /** The "newc" format: Documentation/driver-api/early-userspace/buffer-format.rst of Linux. */
  private static Path archive(Path file, byte[] init) throws IOException {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    entry(archive, "init", 0100755, init);
    entry(archive, "TRAILER!!!", 0, new byte[0]);
    return Files.write(file, archive.toByteArray());
  }

  private static void entry(ByteArrayOutputStream archive, String name, int mode, byte[] data) {
    int[] fields = {1, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length() + 1, 0};
    StringBuilder header = new StringBuilder("070701");
    for (int field : fields) {
      header.append(String.format(Locale.ROOT, "%08X", field));
    }
    archive.writeBytes(header.append(name).append('\0').toString().getBytes(US_ASCII));
    pad(archive);
    archive.writeBytes(data);
    pad(archive);
  }

  private static void pad(ByteArrayOutputStream archive) {
    while (archive.size() % 4 != 0) {
      archive.write(0);
    }
  }

  /** An ELF file of one segment (System V ABI, AMD64: e_ehsize 64, e_phentsize 56). */
  private static byte[] elf(byte[] code) {
    int length = ELF_HEADER + PROGRAM_HEADER + code.length;
    ByteBuffer elf = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(HexFormat.of().parseHex("7f454c4602010100")).putLong(0);
    elf.putShort((short) 2).putShort((short) 62).putInt(1); // ET_EXEC, EM_X86_64
    elf.putLong(LOAD_ADDRESS + ELF_HEADER + PROGRAM_HEADER).putLong(ELF_HEADER).putLong(0);
    elf.putInt(0).putShort((short) ELF_HEADER).putShort((short) PROGRAM_HEADER);
    elf.putShort((short) 1).putShort((short) 64).putShort((short) 0).putShort((short) 0);
    elf.putInt(1).putInt(5); // PT_LOAD, PF_R | PF_X
    elf.putLong(0).putLong(LOAD_ADDRESS).putLong(LOAD_ADDRESS);
    elf.putLong(length).putLong(length).putLong(4096);
    return elf.put(code).array();
  }
}
