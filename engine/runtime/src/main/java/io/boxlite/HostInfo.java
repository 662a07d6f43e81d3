package io.boxlite;

import io.boxlite.text.SizeText;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What this machine can do for boxes, and why.
 *
 * @param operatingSystem name and release, such as {@code Linux 6.1.0}
 * @param architecture the processor's architecture as the JVM names it, such as {@code amd64}
 * @param cpus the processors that this JVM may use
 * @param memoryBytes the memory that this JVM's container, or else the machine, has
 * @param accelerator what boxes run on that leave the choice: {@link Accelerator#KVM} or {@link
 *     Accelerator#TCG}
 * @param acceleratorReason why that one, and what to do to get a faster one
 * @param qemu the QEMU binary; empty when none can be used
 * @param qemuVersion its version, such as {@code 7.2.22}; empty when none can be used
 * @param guestKernel the release of the kernel in the boxes; empty when the guest is missing
 * @param guestAgent the version of the agent in the boxes; empty when the guest is missing
 * @param home the directory of images, templates and boxes
 * @param homeFreeBytes the space left for this user on its disk
 * @param problems what keeps boxes from starting; empty when nothing does
 */
public record HostInfo(
    String operatingSystem,
    String architecture,
    int cpus,
    long memoryBytes,
    Accelerator accelerator,
    String acceleratorReason,
    Optional<Path> qemu,
    Optional<String> qemuVersion,
    Optional<String> guestKernel,
    Optional<String> guestAgent,
    Path home,
    long homeFreeBytes,
    List<String> problems) {

  /** Makes one; the list is copied. */
  public HostInfo {
    problems = List.copyOf(problems);
  }

  /** Whether nothing keeps a box from starting. */
  public boolean canStartBoxes() {
    return problems.isEmpty();
  }

  /** Says all of it for a person, in some lines of text. */
  public String describe() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "machine",
        operatingSystem
            + " ("
            + architecture
            + "), "
            + cpus
            + (cpus == 1 ? " processor, " : " processors, ")
            + SizeText.format(memoryBytes)
            + " memory");
    line(text, "accelerator", accelerator + ": " + acceleratorReason);
    line(
        text,
        "QEMU",
        qemu.map(path -> qemuVersion.orElse("of unknown version") + " at " + path).orElse("none"));
    line(
        text,
        "guest",
        guestKernel
            .map(kernel -> "kernel " + kernel + ", agent " + guestAgent.orElse("unknown"))
            .orElse("none"));
    line(text, "home", home + ", " + SizeText.format(homeFreeBytes) + " free");
    for (String problem : problems) {
      line(text, "problem", problem);
    }
    line(text, "boxes", canStartBoxes() ? "can start" : "cannot start");
    return text.toString().stripTrailing();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-12s %s%n", name, value));
  }
}
