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

  /**
   * Enough for entering and leaving the guest to take the lesser part, even in a nested machine.
   */
  private static final long SHORT_RUN = 12_800 / KvmGuest.INSTRUCTIONS_A_ROUND;

  private static final long LONG_RUN = 400_000 / KvmGuest.INSTRUCTIONS_A_ROUND;

  /** An emulated run never looks fast, but a fast one may look slow on a busy host. */
  private static final int ATTEMPTS = 8;

  private static final long MOST_NANOS_OF_ATTEMPTS = 40_000_000;
  private static final long PATIENCE_MILLIS = 10_000;

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
    // Unpacking JNA is no matter of the device's: it shall not use up the patience with it.
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
      return finding.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return new Finding(
          false, device + " is stuck: a guest did not end within " + PATIENCE_MILLIS + " ms");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Finding(false, "the probe of " + device + " was interrupted");
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
      return time(guest, device);
    } catch (LastErrorException e) {
      return new Finding(
          false, e.getErrorCode() == LibC.EACCES ? refused(device) : failed(device, e));
    } catch (IllegalStateException e) {
      return new Finding(false, device + " cannot be used: it " + e.getMessage());
    }
  }

  /** A short run first, so that a slow host is known soon. */
  private static Finding time(KvmGuest guest, Path device) {
    guest.run(1); // The first entry sets the machine up.
    Speed speed = fastest(guest, SHORT_RUN);
    if (speed.isHardware()) {
      speed = fastest(guest, LONG_RUN);
    }
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

  private static Speed fastest(KvmGuest guest, long rounds) {
    long instructions = rounds * KvmGuest.INSTRUCTIONS_A_ROUND;
    Speed fastest = new Speed(instructions, guest.run(rounds));
    long spent = fastest.nanos;
    for (int i = 1; i < ATTEMPTS && spent < MOST_NANOS_OF_ATTEMPTS && !fastest.isHardware(); i++) {
      long nanos = guest.run(rounds);
      spent += nanos;
      fastest = new Speed(instructions, Math.min(nanos, fastest.nanos));
    }
    return fastest;
  }

  private record Speed(long instructions, long nanos) {
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
