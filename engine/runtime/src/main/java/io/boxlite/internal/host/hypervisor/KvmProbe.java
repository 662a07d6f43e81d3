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
 * Finds out whether KVM truly works, by running guest code and taking the time.
 *
 * <p>That {@code /dev/kvm} exists and answers says too little: on some hosts every guest
 * instruction is emulated there, and an ordinary kernel then never boots.
 *
 * @param works whether guests run at the processor's speed
 * @param reason why, in words for the user; what to do, where something can be done
 * @param cost how long it took to find out
 */
public record KvmProbe(boolean works, String reason, Duration cost) {
  private static final Path DEVICE = Path.of("/dev/kvm");

  /** Hardware takes about 1 ns, KVM's instruction emulator about 300 ns. */
  private static final long MOST_NANOS_AN_INSTRUCTION = 80;

  /** Little more than entering and leaving the guest. */
  private static final long ENTRY = 1;

  private static final long SHORT_RUN = 12_800 / KvmGuest.INSTRUCTIONS_A_ROUND;
  private static final long LONG_RUN = 400_000 / KvmGuest.INSTRUCTIONS_A_ROUND;

  /** A run may look slow on a busy host, but never faster than it is. */
  private static final int ATTEMPTS = 8;

  private static final long MOST_NANOS_OF_ATTEMPTS = 40_000_000;
  private static final long TIMEOUT_MILLIS = 10_000;

  /** Probes once a JVM; later calls tell the same. */
  public static KvmProbe result() {
    return Holder.RESULT;
  }

  private static final class Holder {
    private static final KvmProbe RESULT = probe(DEVICE);
  }

  /** Probes now: some milliseconds, and never more than 10 s. */
  static KvmProbe probe(Path device) {
    long start = System.nanoTime();
    // Unpacking JNA is no matter of the device's: it shall not use up the timeout with it.
    LibC.get();
    // Nothing can interrupt a guest's run but a signal, which a JVM cannot send to a thread.
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
          false, device + " is stuck: a guest did not end within " + TIMEOUT_MILLIS + " ms");
    } catch (InterruptedException e) {
      // What is found holds for the whole JVM, whoever asks first.
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
                ? "%s runs guests at the processor's speed: %d instructions took %.2f ms"
                : "%s emulates each instruction: %d took %.2f ms, where hardware takes about 0.01",
            device,
            speed.instructions,
            speed.nanos / 1e6));
  }

  /**
   * How fast a guest runs: what a longer run took more than a shorter one. Entering a guest costs
   * milliseconds where the host is itself emulated, and says nothing about what runs inside.
   *
   * @param instructions by how many the runs differ
   * @param nanos by how much their times do
   */
  record Speed(long instructions, long nanos) {

    /**
     * Measures it.
     *
     * @param run takes the rounds of the guest's loop, and gives the nanoseconds that they took
     */
    static Speed measure(LongUnaryOperator run) {
      long unused = run.applyAsLong(ENTRY); // The first entry sets the machine up.
      // Short runs first, so that a slow host is known soon.
      Speed speed = difference(run, ENTRY, SHORT_RUN);
      return speed.isHardware() ? difference(run, SHORT_RUN, LONG_RUN) : speed;
    }

    private static Speed difference(LongUnaryOperator run, long less, long more) {
      long instructions = (more - less) * KvmGuest.INSTRUCTIONS_A_ROUND;
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
      } while (!speed.isHardware() && attempts < ATTEMPTS && spent < MOST_NANOS_OF_ATTEMPTS);
      return speed;
    }

    boolean isHardware() {
      return nanos <= instructions * MOST_NANOS_AN_INSTRUCTION;
    }
  }

  private static String refused(Path device) {
    String user = System.getProperty("user.name");
    return device + " refuses user " + user + " (permission denied): " + remedy(device, user);
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
      // Then it is not known to have a group that one could join.
    }
    return "let every user in with `sudo chmod 666 " + device + "`";
  }

  private static String failed(Path device, LastErrorException e) {
    return device + " cannot be used: " + e.getMessage();
  }

  private record Finding(boolean works, String reason) {}
}
