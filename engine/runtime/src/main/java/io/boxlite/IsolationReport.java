package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What separates a box from this machine, as it is in force: the virtual machine, the jail around
 * its hypervisor, the system calls that the hypervisor may use, and limits of resources. Immutable,
 * with value equality.
 *
 * <p>{@link LiteBox#isolation()} returns it. {@link #grade()} rates it in one word, {@link
 * #shortfalls()} says what is missing, and {@link #improvements()} what to do.
 */
public final class IsolationReport {
  /** How strongly a box is isolated. */
  public enum Grade {
    /**
     * A virtual machine, whose hypervisor runs in a jail, under a seccomp filter and in a cgroup,
     * and nothing that was asked for is missing.
     */
    STRONG,

    /** A virtual machine with only some of the further layers. */
    REDUCED,

    /** Only a virtual machine: its hypervisor has neither a jail nor a seccomp filter. */
    WEAK
  }

  /** What separates the programs of a box from the kernel of this machine. */
  public enum Boundary {
    /** A virtual machine on the processor's virtualization: KVM. */
    HARDWARE_VIRTUALIZATION("hardware virtualization"),

    /** A virtual machine whose processor is emulated by a program. */
    EMULATION("emulation");

    private final String text;

    Boundary(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A kind of namespace that the hypervisor has for itself; see namespaces(7). */
  public enum Namespace {
    /** Users and groups. */
    USER,
    /** Mounts: its view of the file system. */
    MOUNT,
    /** Processes. */
    PID,
    /** Network devices, addresses and ports. */
    NETWORK,
    /** System V IPC and POSIX message queues. */
    IPC,
    /** The host name. */
    UTS,
    /** The root of the cgroup hierarchy. */
    CGROUP;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What limits the memory, the processes and the processor time of the hypervisor. */
  public enum ResourceControl {
    /** A cgroup of the unified hierarchy that limits memory at least. */
    CGROUP_V2("cgroup v2"),

    /** Cgroups of the hierarchies of single controllers that limit memory at least. */
    CGROUP_V1("cgroup v1"),

    /** Resource limits of its process, which do not limit its memory; see getrlimit(2). */
    RLIMITS("rlimits"),

    /** Nothing. */
    NONE("none");

    private final String text;

    ResourceControl(String text) {
      this.text = text;
    }

    private boolean limitsMemory() {
      return this == CGROUP_V2 || this == CGROUP_V1;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private final SecurityOptions security;
  private final Boundary boundary;
  private final boolean jailed;
  private final Set<Namespace> namespaces;
  private final OptionalLong hypervisorUid;
  private final List<String> visiblePaths;
  private final OptionalInt allowedSystemCalls;
  private final ResourceControl resourceControl;
  private final List<String> resourceLimits;
  private final Network network;
  private final Optional<String> boxNetwork;
  private final List<String> shortfalls;
  private final List<String> improvements;

  private IsolationReport(Builder builder) {
    security = builder.security;
    boundary = builder.boundary;
    jailed = builder.jailed;
    namespaces = builder.namespaces;
    hypervisorUid = builder.hypervisorUid;
    visiblePaths = builder.visiblePaths;
    allowedSystemCalls = builder.allowedSystemCalls;
    resourceControl = builder.resourceControl;
    resourceLimits = builder.resourceLimits;
    network = builder.network;
    boxNetwork = builder.boxNetwork;
    shortfalls = List.copyOf(builder.shortfalls);
    improvements = List.copyOf(builder.improvements);
  }

  /**
   * Returns a builder of a report without a jail, a seccomp filter, resource limits or a network.
   *
   * @param security what the box asked for
   */
  public static Builder builder(SecurityOptions security, Boundary boundary) {
    return new Builder(security, boundary);
  }

  /** Returns the rating, which follows from the other values. */
  public Grade grade() {
    if (!jailed && allowedSystemCalls.isEmpty()) {
      return Grade.WEAK;
    }
    boolean complete = jailed && allowedSystemCalls.isPresent() && resourceControl.limitsMemory();
    return complete && shortfalls.isEmpty() ? Grade.STRONG : Grade.REDUCED;
  }

  /** Returns what the box asked for. */
  public SecurityOptions security() {
    return security;
  }

  /** Returns what separates its programs from the kernel of this machine. */
  public Boundary boundary() {
    return boundary;
  }

  /** Returns whether the hypervisor runs in a jail. */
  public boolean jailed() {
    return jailed;
  }

  /** Returns the namespaces that the hypervisor has for itself, in the order of their constants. */
  public Set<Namespace> namespaces() {
    return namespaces;
  }

  /** Returns the user id of the hypervisor's process as this machine sees it, if it is known. */
  public OptionalLong hypervisorUid() {
    return hypervisorUid;
  }

  /**
   * Returns the paths that the hypervisor sees in its jail, with what it may do there, such as
   * {@code /kernel (read-only)}; empty without a jail.
   */
  public List<String> visiblePaths() {
    return visiblePaths;
  }

  /**
   * Returns how many system calls the seccomp filter allows to the hypervisor; empty if there is no
   * filter.
   */
  public OptionalInt allowedSystemCalls() {
    return allowedSystemCalls;
  }

  /** Returns what limits the resources of the hypervisor. */
  public ResourceControl resourceControl() {
    return resourceControl;
  }

  /** Returns the limits of the hypervisor as text, such as {@code memory 768 MiB}. */
  public List<String> resourceLimits() {
    return resourceLimits;
  }

  /** Returns what the box can reach, besides other boxes. */
  public Network network() {
    return network;
  }

  /** Returns the name of the network on which other boxes reach the box, and it reaches them. */
  public Optional<String> boxNetwork() {
    return boxNetwork;
  }

  /**
   * Returns the limits of all commands in the box, such as {@code maxProcesses=100}; empty if it
   * has none.
   */
  public List<String> commandLimits() {
    return SecurityText.limits(security);
  }

  /**
   * Returns what the box asked for and does not have, in sentences; see {@link
   * SecurityUnavailable#WARN}.
   */
  public List<String> shortfalls() {
    return shortfalls;
  }

  /** Returns what would isolate the box more strongly, in sentences. */
  public List<String> improvements() {
    List<String> all = new ArrayList<>(improvements);
    if (!security.jailerEnabled()) {
      all.add(
          "Enable the jail, for example with SecurityOptions.standard(): these options turn it"
              + " off.");
    } else if (!security.seccompEnabled()) {
      all.add("Enable the seccomp filter with seccompEnabled(true): these options turn it off.");
    }
    if (boundary == Boundary.EMULATION) {
      all.add(
          "Use a machine with KVM: QEMU's developers do not treat a way out of an emulated machine"
              + " as a security bug.");
    }
    return List.copyOf(all);
  }

  /** Returns everything as text, for people: one line for each subject. */
  public String describe() {
    return IsolationText.describe(this);
  }

  /**
   * Returns everything as a JSON object. Its members have the names of the methods of this class;
   * constants have their Java names, and {@code commandLimits} is an object with numbers, or with a
   * duration of ISO 8601. A value that is absent is {@code null}. Later versions may add members.
   */
  public String toJson() {
    return IsolationText.json(this);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof IsolationReport that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  /** Returns a summary of one line, without paths, limits and advice. */
  @Override
  public String toString() {
    return IsolationText.summary(this);
  }

  private List<Object> values() {
    return List.of(
        security,
        boundary,
        jailed,
        namespaces,
        hypervisorUid,
        visiblePaths,
        allowedSystemCalls,
        resourceControl,
        resourceLimits,
        network,
        boxNetwork,
        shortfalls,
        improvements);
  }

  /** Collects the values of {@link IsolationReport}. */
  public static final class Builder {
    private final SecurityOptions security;
    private final Boundary boundary;
    private boolean jailed;
    private Set<Namespace> namespaces = Set.of();
    private OptionalLong hypervisorUid = OptionalLong.empty();
    private List<String> visiblePaths = List.of();
    private OptionalInt allowedSystemCalls = OptionalInt.empty();
    private ResourceControl resourceControl = ResourceControl.NONE;
    private List<String> resourceLimits = List.of();
    private Network network = Network.none();
    private Optional<String> boxNetwork = Optional.empty();
    private final List<String> shortfalls = new ArrayList<>();
    private final List<String> improvements = new ArrayList<>();

    private Builder(SecurityOptions security, Boundary boundary) {
      this.security = security;
      this.boundary = boundary;
    }

    /**
     * Sets that the hypervisor runs in a jail.
     *
     * @param namespaces those that it has for itself
     * @param visiblePaths what it sees, such as {@code /kernel (read-only)}
     */
    public Builder jail(Collection<Namespace> namespaces, List<String> visiblePaths) {
      jailed = true;
      Set<Namespace> ordered = EnumSet.noneOf(Namespace.class);
      ordered.addAll(namespaces);
      this.namespaces = Collections.unmodifiableSet(ordered);
      this.visiblePaths = List.copyOf(visiblePaths);
      return this;
    }

    /** Sets the user id of the hypervisor's process as this machine sees it. */
    public Builder hypervisorUid(long hypervisorUid) {
      this.hypervisorUid =
          OptionalLong.of(Arguments.inRange("hypervisorUid", hypervisorUid, 0, (1L << 32) - 1));
      return this;
    }

    /** Sets how many system calls the seccomp filter allows; no filter by default. */
    public Builder allowedSystemCalls(int allowedSystemCalls) {
      this.allowedSystemCalls =
          OptionalInt.of(
              Arguments.inRange("allowedSystemCalls", allowedSystemCalls, 1, Integer.MAX_VALUE));
      return this;
    }

    /**
     * Sets what limits the resources of the hypervisor; nothing by default.
     *
     * @param limits as text, such as {@code memory 768 MiB}
     */
    public Builder resources(ResourceControl control, List<String> limits) {
      resourceControl = control;
      resourceLimits = List.copyOf(limits);
      return this;
    }

    /** Sets what the box can reach, besides other boxes; nothing by default. */
    public Builder network(Network network) {
      this.network = network;
      return this;
    }

    /** Sets the name of the network that the box shares with others; none by default. */
    public Builder boxNetwork(String name) {
      boxNetwork = Optional.of(name);
      return this;
    }

    /** Adds a sentence on something that the box asked for and does not have. */
    public Builder shortfall(String shortfall) {
      shortfalls.add(Arguments.notBlank("shortfall", shortfall));
      return this;
    }

    /** Adds a sentence on what would isolate the box more strongly. */
    public Builder improvement(String improvement) {
      improvements.add(Arguments.notBlank("improvement", improvement));
      return this;
    }

    /** Returns the {@link IsolationReport}. */
    public IsolationReport build() {
      return new IsolationReport(this);
    }
  }
}
