package io.boxlite.internal.host.hypervisor;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import io.boxlite.internal.host.LibC;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A virtual machine with one processor, one page of memory and a program that counts down in a
 * loop.
 *
 * <p>Calls and structures are described in the kernel's Documentation/virt/kvm/api.rst, sections
 * 4.1 (KVM_GET_API_VERSION) to 4.35 (KVM_SET_USER_MEMORY_REGION); numbers and offsets are from
 * linux/kvm.h and, for the registers, asm/kvm.h of x86.
 */
final class KvmGuest implements AutoCloseable {
  private static final NativeLong KVM_GET_API_VERSION = new NativeLong(0xAE00);
  private static final NativeLong KVM_CREATE_VM = new NativeLong(0xAE01);
  private static final NativeLong KVM_GET_VCPU_MMAP_SIZE = new NativeLong(0xAE04);
  private static final NativeLong KVM_CREATE_VCPU = new NativeLong(0xAE41);
  private static final NativeLong KVM_SET_USER_MEMORY_REGION = new NativeLong(0x4020AE46);
  private static final NativeLong KVM_RUN = new NativeLong(0xAE80);
  private static final NativeLong KVM_SET_REGS = new NativeLong(0x4090AE82);
  private static final NativeLong KVM_GET_SREGS = new NativeLong(0x8138AE83L);
  private static final NativeLong KVM_SET_SREGS = new NativeLong(0x4138AE84);
  private static final NativeLong NONE = new NativeLong(0);

  /** The only version since Linux 2.6.22; section 4.1 says to refuse others. */
  private static final int API_VERSION = 12;

  private static final int KVM_EXIT_HLT = 5;
  private static final int EXIT_REASON_OFFSET = 8;
  private static final int REGS_BYTES = 144;
  private static final int RCX_OFFSET = 2 * Long.BYTES;
  private static final int RIP_OFFSET = 16 * Long.BYTES;
  private static final int RFLAGS_OFFSET = 17 * Long.BYTES;
  private static final int SREGS_BYTES = 312;
  private static final int CS_BASE_OFFSET = 0;
  private static final int CS_SELECTOR_OFFSET = 12;

  /** Bit 1 is always set, Intel SDM volume 1, section 3.4.3. */
  private static final long RFLAGS_AT_START = 2;

  private static final int PAGE = 4096;
  private static final long PROGRAM_ADDRESS = PAGE;

  /** In real mode: {@code dec ecx; jnz back to it; hlt}. */
  private static final byte[] PROGRAM = {0x66, 0x49, 0x75, (byte) 0xFC, (byte) 0xF4};

  static final int INSTRUCTIONS_PER_ROUND = 2;

  private final LibC libC = LibC.get();
  private final Deque<Runnable> closers = new ArrayDeque<>();
  private final int processor;
  private final Pointer shared;

  /**
   * Creates the machine.
   *
   * @throws LastErrorException when a call fails
   * @throws IllegalStateException when KVM has another API version
   */
  KvmGuest(String device) {
    boolean made = false;
    try {
      int kvm = keep(libC.open(device, LibC.O_RDWR | LibC.O_CLOEXEC, 0));
      int version = libC.ioctl(kvm, KVM_GET_API_VERSION, NONE);
      if (version != API_VERSION) {
        throw new IllegalStateException("has API version " + version + ", not " + API_VERSION);
      }
      int machine = keep(libC.ioctl(kvm, KVM_CREATE_VM, NONE));
      Pointer memory = map(PAGE, LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS, -1);
      memory.write(0, PROGRAM, 0, PROGRAM.length);
      setMemory(machine, memory);
      processor = keep(libC.ioctl(machine, KVM_CREATE_VCPU, NONE));
      shared = map(libC.ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, NONE), LibC.MAP_SHARED, processor);
      startAtZeroSegment();
      made = true;
    } finally {
      if (!made) {
        close();
      }
    }
  }

  /**
   * Runs the loop.
   *
   * @return the processor time that the guest used, in nanoseconds, which other processes do not
   *     affect
   * @throws IllegalStateException when the guest did not stop at the program's end
   */
  long run(long rounds) {
    try (Memory registers = zeroed(REGS_BYTES)) {
      registers.setLong(RIP_OFFSET, PROGRAM_ADDRESS);
      registers.setLong(RCX_OFFSET, rounds);
      registers.setLong(RFLAGS_OFFSET, RFLAGS_AT_START);
      libC.ioctl(processor, KVM_SET_REGS, registers);
    }
    long start = processorTime();
    runToExit();
    long nanos = processorTime() - start;
    int reason = shared.getInt(EXIT_REASON_OFFSET);
    if (reason != KVM_EXIT_HLT) {
      throw new IllegalStateException(
          "stopped a guest with three instructions for exit reason " + reason);
    }
    return nanos;
  }

  /**
   * Returns the processor time of this thread in nanoseconds. JMX would provide it, but loads
   * slowly.
   */
  private long processorTime() {
    try (Memory time = zeroed(2 * Long.BYTES)) {
      libC.clock_gettime(LibC.CLOCK_THREAD_CPUTIME_ID, time);
      return time.getLong(0) * 1_000_000_000 + time.getLong(Long.BYTES);
    }
  }

  private void runToExit() {
    while (true) {
      try {
        libC.ioctl(processor, KVM_RUN, NONE);
        return;
      } catch (LastErrorException e) {
        // Signals of the JVM interrupt a run; the guest then continues where it was.
        if (e.getErrorCode() != LibC.EINTR) {
          throw e;
        }
      }
    }
  }

  /** struct kvm_userspace_memory_region: slot, flags, guest address, size, host address. */
  private void setMemory(int machine, Pointer memory) {
    try (Memory region = zeroed(32)) {
      region.setLong(8, PROGRAM_ADDRESS);
      region.setLong(16, PAGE);
      region.setPointer(24, memory);
      libC.ioctl(machine, KVM_SET_USER_MEMORY_REGION, region);
    }
  }

  /**
   * Moves the code segment, which after a reset is at the top of the address space, to address 0.
   */
  private void startAtZeroSegment() {
    try (Memory registers = zeroed(SREGS_BYTES)) {
      libC.ioctl(processor, KVM_GET_SREGS, registers);
      registers.setLong(CS_BASE_OFFSET, 0);
      registers.setShort(CS_SELECTOR_OFFSET, (short) 0);
      libC.ioctl(processor, KVM_SET_SREGS, registers);
    }
  }

  private static Memory zeroed(int bytes) {
    Memory memory = new Memory(bytes);
    memory.clear();
    return memory;
  }

  private int keep(int fd) {
    closers.push(() -> libC.close(fd));
    return fd;
  }

  private Pointer map(int bytes, int flags, int fd) {
    NativeLong length = new NativeLong(bytes);
    Pointer address =
        libC.mmap(Pointer.NULL, length, LibC.PROT_READ | LibC.PROT_WRITE, flags, fd, NONE);
    closers.push(() -> libC.munmap(address, length));
    return address;
  }

  /** Destroys the machine. */
  @Override
  public void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
