package io.boxlite.internal.host.hypervisor;

import com.sun.jna.LastErrorException;
import io.boxlite.internal.host.LibC;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongUnaryOperator;

/**
 * Determines whether KVM works at hardware speed, by running guest code and measuring its time.
 *
 * <p>The existence of {@code /dev/kvm} does not suffice: on some hosts, KVM emulates every guest
 * instruction, and an ordinary kernel never finishes booting.
 *
 * @param works whether guests run at hardware speed
 * @param reason the reason for the user, and how to change the result if that is possible
 * @param cost how long the probe took
 */
public record KvmProbe(boolean works, String reason, Duration cost) {
  private static final Path DEVICE = Path.of("/dev/kvm");

  /** Hardware takes about 1 ns, and KVM's instruction emulator about 300 ns. */
  private static final long MAX_NANOS_PER_INSTRUCTION = 80;

  /** Rounds of a run that does little more than enter and leave the guest. */
  private static final long ENTRY = 1;

  private static final long SHORT_RUN = 12_800 / KvmGuest.INSTRUCTIONS_PER_ROUND;
  private static final long LONG_RUN = 400_000 / KvmGuest.INSTRUCTIONS_PER_ROUND;

  /** On a busy host, a run may appear slower than it is, but never faster. */
  private static final int ATTEMPTS = 8;

  private static final long MAX_NANOS_OF_ATTEMPTS = 40_000_000;
  private static final long TIMEOUT_MILLIS = 10_000;

  /** Returns the result of the probe, which runs once per JVM. */
  public static KvmProbe result() {
    return Holder.RESULT;
  }

  private static final class Holder {
    private static final KvmProbe RESULT = probe(DEVICE);
  }

  /** Runs the probe, which takes some milliseconds and at most 10 s. */
  static KvmProbe probe(Path device) {
    long start = System.nanoTime();
    // Load JNA before the clock starts: unpacking it must not use up the timeout.
    LibC.get();
    // Only a signal can interrupt a running guest, and a JVM cannot send one to a thread.
    CompletableFuture<Finding> finding = new CompletableFuture<>();
    Thread thread = new Thread(() -> complete(finding, device), "boxlite-kvm-probe");
    thread.setDaemon(true);
    thread.start();
    Finding found = await(finding, device);
    return new KvmProbe(found.works, found.reason, Duration.ofNanos(System.nanoTime() - start));
  }

  private static void complete(CompletableFuture<Finding> finding, Path device) {
    try {
      finding.complete(find(device));
    } catch (RuntimeException | Error e) {
      finding.complete(new Finding(false, device + " cannot be used: " + e));
    }
  }

  private static Finding await(CompletableFuture<Finding> finding, Path device) {
    try {
      return finding.get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return new Finding(
          false, device + " hangs: a guest did not end within " + TIMEOUT_MILLIS + " ms");
    } catch (InterruptedException e) {
      // The result is for the whole JVM, so an interrupt of the first caller must not affect it.
      Finding found = await(finding, device);
      Thread.currentThread().interrupt();
      return found;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Finding find(Path device) {
    if (!Files.exists(device)) {
      return new Finding(
          false,
          device
              + " does not exist: turn virtualization on in the firmware, or nested virtualization"
              + " on this virtual machine's host, and load kvm_intel or kvm_amd");
    }
    try (KvmGuest guest = new KvmGuest(device.toString())) {
      return finding(Speed.measure(guest::run), device);
    } catch (LastErrorException e) {
      return new Finding(
          false, e.getErrorCode() == LibC.EACCES ? refused(device) : failed(device, e));
    } catch (IllegalStateException e) {
      return new Finding(false, device + " cannot be used: it " + e.getMessage());
    }
  }

  private static Finding finding(Speed speed, Path device) {
    return new Finding(
        speed.isHardware(),
        String.format(
            Locale.ROOT,
            speed.isHardware()
                ? "%s runs guests at hardware speed: %d instructions took %.2f ms"
                : "%s emulates each instruction: %d took %.2f ms, hardware takes about 0.01 ms",
            device,
            speed.instructions,
            speed.nanos / 1e6));
  }

  /**
   * The speed of a guest: the difference between a longer and a shorter run. Where the host is
   * itself emulated, entering a guest alone takes milliseconds, which says nothing about its speed.
   *
   * @param instructions the difference in instructions
   * @param nanos the difference in time, in nanoseconds
   */
  record Speed(long instructions, long nanos) {

    /**
     * Measures the speed.
     *
     * @param run runs the guest's loop for a number of rounds, and returns the time in nanoseconds
     */
    static Speed measure(LongUnaryOperator run) {
      long unused = run.applyAsLong(ENTRY); // The first entry initializes the machine.
      // Short runs first, so that a slow host is detected soon.
      Speed speed = difference(run, ENTRY, SHORT_RUN);
      return speed.isHardware() ? difference(run, SHORT_RUN, LONG_RUN) : speed;
    }

    private static Speed difference(LongUnaryOperator run, long less, long more) {
      long instructions = (more - less) * KvmGuest.INSTRUCTIONS_PER_ROUND;
      long shorter = Long.MAX_VALUE;
      long longer = Long.MAX_VALUE;
      long spent = 0;
      Speed speed;
      int attempts = 0;
      do {
        long first = run.applyAsLong(less);
        long second = run.applyAsLong(more);
        spent += first + second;
        shorter = Math.min(shorter, first);
        longer = Math.min(longer, second);
        speed = new Speed(instructions, Math.max(0, longer - shorter));
        attempts++;
      } while (!speed.isHardware() && attempts < ATTEMPTS && spent < MAX_NANOS_OF_ATTEMPTS);
      return speed;
    }

    boolean isHardware() {
      return nanos <= instructions * MAX_NANOS_PER_INSTRUCTION;
    }
  }

  private static String refused(Path device) {
    String user = System.getProperty("user.name");
    return device + " denies access to user " + user + ": " + remedy(device, user);
  }

  private static String remedy(Path device, String user) {
    try {
      PosixFileAttributes attributes = Files.readAttributes(device, PosixFileAttributes.class);
      String group = attributes.group().getName();
      if (!group.equals("root")
          && attributes.permissions().contains(PosixFilePermission.GROUP_WRITE)) {
        return "join its group with `sudo usermod -aG " + group + " " + user + "` and log in again";
      }
    } catch (IOException e) {
      // Without the attributes, suggest access for everyone.
    }
    return "give every user access with `sudo chmod 666 " + device + "`";
  }

  private static String failed(Path device, LastErrorException e) {
    return device + " cannot be used: " + e.getMessage();
  }

  private record Finding(boolean works, String reason) {}
}
