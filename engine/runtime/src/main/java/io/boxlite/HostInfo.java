package io.boxlite;

import io.boxlite.HostFinding.Severity;
import io.boxlite.text.SizeText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The capabilities of this machine for running boxes. Immutable, with value equality.
 *
 * <p>Returned by {@link Boxlite#host()}, and by {@link #inspect} also where no engine can be
 * opened.
 */
public final class HostInfo {
  private final String operatingSystem;
  private final String architecture;
  private final int cpus;
  private final long memoryBytes;
  private final Accelerator accelerator;
  private final String acceleratorReason;
  private final Optional<Path> qemu;
  private final Optional<String> qemuVersion;
  private final Optional<String> guestKernel;
  private final Optional<String> guestAgent;
  private final Path home;
  private final long homeFreeBytes;
  private final String isolation;
  private final List<String> problems;

  private HostInfo(Builder builder) {
    operatingSystem = builder.operatingSystem;
    architecture = builder.architecture;
    cpus = builder.cpus;
    memoryBytes = builder.memoryBytes;
    accelerator = builder.accelerator;
    acceleratorReason = builder.acceleratorReason;
    qemu = builder.qemu;
    qemuVersion = builder.qemuVersion;
    guestKernel = builder.guestKernel;
    guestAgent = builder.guestAgent;
    home = builder.home;
    homeFreeBytes = builder.homeFreeBytes;
    isolation = builder.isolation;
    problems = builder.problems;
  }

  /** Returns a builder, for instance for tests. */
  public static Builder builder(Path home) {
    return new Builder(home);
  }

  /** Returns the operating system's name and release, such as {@code Linux 6.1.0}. */
  public String operatingSystem() {
    return operatingSystem;
  }

  /** Returns the processor's architecture as the JVM names it, such as {@code amd64}. */
  public String architecture() {
    return architecture;
  }

  /** Returns how many processors this JVM may use. */
  public int cpus() {
    return cpus;
  }

  /** Returns the memory of this JVM's container, or else of the machine, in bytes. */
  public long memoryBytes() {
    return memoryBytes;
  }

  /**
   * Returns the accelerator of boxes that do not choose one: {@link Accelerator#KVM} or {@link
   * Accelerator#TCG}.
   */
  public Accelerator accelerator() {
    return accelerator;
  }

  /** Returns why that accelerator was chosen, and how to get a faster one. */
  public String acceleratorReason() {
    return acceleratorReason;
  }

  /** Returns the QEMU binary; empty if none can be used. */
  public Optional<Path> qemu() {
    return qemu;
  }

  /** Returns the version of QEMU, such as {@code 7.2.22}; empty if none can be used. */
  public Optional<String> qemuVersion() {
    return qemuVersion;
  }

  /** Returns the release of the kernel in the boxes; empty if the guest is missing. */
  public Optional<String> guestKernel() {
    return guestKernel;
  }

  /** Returns the version of the agent in the boxes; empty if the guest is missing. */
  public Optional<String> guestAgent() {
    return guestAgent;
  }

  /** Returns the directory of images, templates and boxes. */
  public Path home() {
    return home;
  }

  /** Returns the free space on its disk that this user may use, in bytes. */
  public long homeFreeBytes() {
    return homeFreeBytes;
  }

  /**
   * Returns what can confine the hypervisor of a box on this machine, as text; empty if that is not
   * known.
   */
  public String isolation() {
    return isolation;
  }

  /** Returns what keeps boxes from starting, and how to fix it; empty if nothing does. */
  public List<String> problems() {
    return problems;
  }

  /**
   * Examines this machine without opening the engine, so that it works also where no box can start.
   * The home directory is created if it is missing.
   *
   * @throws BoxliteException if a setting is invalid
   */
  public static HostInfo inspect(BoxliteOptions options) {
    return Engine.inspect(options);
  }

  /** Returns whether nothing keeps a box from starting. */
  public boolean canStartBoxes() {
    return problems.isEmpty();
  }

  /** Returns all facts and problems, in the order in which to show them. */
  public List<HostFinding> findings() {
    List<HostFinding> findings = new ArrayList<>();
    add(
        findings,
        "machine",
        operatingSystem
            + " ("
            + architecture
            + "), "
            + cpus
            + (cpus == 1 ? " processor, " : " processors, ")
            + SizeText.format(memoryBytes)
            + " memory");
    add(findings, "accelerator", accelerator + ": " + acceleratorReason);
    add(
        findings,
        "QEMU",
        qemu.map(path -> qemuVersion.orElse("of unknown version") + " at " + path).orElse("none"));
    add(
        findings,
        "guest",
        guestKernel
            .map(kernel -> "kernel " + kernel + ", agent " + guestAgent.orElse("unknown"))
            .orElse("none"));
    if (!isolation.isEmpty()) {
      add(findings, "isolation", isolation);
    }
    add(findings, "home", home + ", " + SizeText.format(homeFreeBytes) + " free");
    for (String problem : problems) {
      findings.add(new HostFinding(Severity.PROBLEM, "problem", problem));
    }
    add(findings, "boxes", canStartBoxes() ? "can start" : "cannot start");
    return List.copyOf(findings);
  }

  private static void add(List<HostFinding> findings, String subject, String message) {
    findings.add(new HostFinding(Severity.INFO, subject, message));
  }

  /** Returns all {@link #findings()} as text, one line each. */
  public String describe() {
    return findings().stream()
        .map(HostFinding::toString)
        .collect(Collectors.joining(System.lineSeparator()));
  }

  /** Returns a builder that starts with these values. */
  public Builder toBuilder() {
    Builder builder = new Builder(home);
    builder.operatingSystem = operatingSystem;
    builder.architecture = architecture;
    builder.cpus = cpus;
    builder.memoryBytes = memoryBytes;
    builder.accelerator = accelerator;
    builder.acceleratorReason = acceleratorReason;
    builder.qemu = qemu;
    builder.qemuVersion = qemuVersion;
    builder.guestKernel = guestKernel;
    builder.guestAgent = guestAgent;
    builder.homeFreeBytes = homeFreeBytes;
    builder.isolation = isolation;
    builder.problems = problems;
    return builder;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HostInfo that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  @Override
  public String toString() {
    return "HostInfo["
        + "operatingSystem="
        + operatingSystem
        + ", architecture="
        + architecture
        + ", cpus="
        + cpus
        + ", memoryBytes="
        + memoryBytes
        + ", accelerator="
        + accelerator
        + ", acceleratorReason="
        + acceleratorReason
        + ", qemu="
        + qemu.map(String::valueOf).orElse("none")
        + ", qemuVersion="
        + qemuVersion.map(String::valueOf).orElse("none")
        + ", guestKernel="
        + guestKernel.map(String::valueOf).orElse("none")
        + ", guestAgent="
        + guestAgent.map(String::valueOf).orElse("none")
        + ", home="
        + home
        + ", homeFreeBytes="
        + homeFreeBytes
        + ", isolation="
        + isolation
        + ", problems="
        + problems
        + "]";
  }

  private List<Object> values() {
    return List.of(
        operatingSystem,
        architecture,
        cpus,
        memoryBytes,
        accelerator,
        acceleratorReason,
        qemu,
        qemuVersion,
        guestKernel,
        guestAgent,
        home,
        homeFreeBytes,
        isolation,
        problems);
  }

  /** Collects the values of {@link HostInfo}. */
  public static final class Builder {
    private String operatingSystem = "unknown";
    private String architecture = "unknown";
    private int cpus = 1;
    private long memoryBytes = 0;
    private Accelerator accelerator = Accelerator.AUTO;
    private String acceleratorReason = "";
    private Optional<Path> qemu = Optional.empty();
    private Optional<String> qemuVersion = Optional.empty();
    private Optional<String> guestKernel = Optional.empty();
    private Optional<String> guestAgent = Optional.empty();
    private Path home;
    private long homeFreeBytes = 0;
    private String isolation = "";
    private List<String> problems = List.of();

    private Builder(Path home) {
      this.home = home;
    }

    /** Sets the operating system. */
    public Builder operatingSystem(String operatingSystem) {
      this.operatingSystem = operatingSystem;
      return this;
    }

    /** Sets the processor's architecture. */
    public Builder architecture(String architecture) {
      this.architecture = architecture;
      return this;
    }

    /** Sets the number of processors. */
    public Builder cpus(int cpus) {
      this.cpus = cpus;
      return this;
    }

    /** Sets the memory in bytes. */
    public Builder memoryBytes(long memoryBytes) {
      this.memoryBytes = memoryBytes;
      return this;
    }

    /** Sets the accelerator. */
    public Builder accelerator(Accelerator accelerator) {
      this.accelerator = accelerator;
      return this;
    }

    /** Sets why that accelerator was chosen. */
    public Builder acceleratorReason(String acceleratorReason) {
      this.acceleratorReason = acceleratorReason;
      return this;
    }

    /** Sets the QEMU binary. */
    public Builder qemu(Path qemu) {
      this.qemu = Optional.of(qemu);
      return this;
    }

    /** Sets the version of QEMU. */
    public Builder qemuVersion(String qemuVersion) {
      this.qemuVersion = Optional.of(qemuVersion);
      return this;
    }

    /** Sets the release of the guest's kernel. */
    public Builder guestKernel(String guestKernel) {
      this.guestKernel = Optional.of(guestKernel);
      return this;
    }

    /** Sets the version of the guest's agent. */
    public Builder guestAgent(String guestAgent) {
      this.guestAgent = Optional.of(guestAgent);
      return this;
    }

    /** Sets what can confine the hypervisor of a box on this machine; not known by default. */
    public Builder isolation(String isolation) {
      this.isolation = isolation;
      return this;
    }

    /** Sets the free space in bytes. */
    public Builder homeFreeBytes(long homeFreeBytes) {
      this.homeFreeBytes = homeFreeBytes;
      return this;
    }

    /** Sets what keeps boxes from starting; nothing by default. */
    public Builder problems(List<String> problems) {
      this.problems = List.copyOf(problems);
      return this;
    }

    /** Returns the {@link HostInfo}. */
    public HostInfo build() {
      return new HostInfo(this);
    }
  }
}
