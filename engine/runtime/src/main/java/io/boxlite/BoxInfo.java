package io.boxlite;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The configuration and the state of a box. Immutable, with value equality. */
public final class BoxInfo {
  private final String id;
  private final Optional<String> name;
  private final BoxState state;
  private final Optional<String> image;
  private final String imageDigest;
  private final Accelerator accelerator;
  private final String acceleratorReason;
  private final int cpus;
  private final int memoryMib;
  private final int diskMib;
  private final BoxOrigin origin;
  private final Instant startedAt;
  private final Duration startTime;
  private final long hypervisorPid;
  private final Optional<IsolationReport> isolation;
  private final Optional<String> loss;

  private BoxInfo(Builder builder) {
    id = builder.id;
    name = builder.name;
    state = builder.state;
    image = builder.image;
    imageDigest = builder.imageDigest;
    accelerator = builder.accelerator;
    acceleratorReason = builder.acceleratorReason;
    cpus = builder.cpus;
    memoryMib = builder.memoryMib;
    diskMib = builder.diskMib;
    origin = builder.origin;
    startedAt = builder.startedAt;
    startTime = builder.startTime;
    hypervisorPid = builder.hypervisorPid;
    isolation = builder.isolation;
    loss = builder.loss;
  }

  /** Returns a builder, for instance for a fake box in a test. */
  public static Builder builder(String id) {
    return new Builder(id);
  }

  /** Returns the id, unique among the boxes of a home directory. */
  public String id() {
    return id;
  }

  /** Returns the name from its options, if it has one. */
  public Optional<String> name() {
    return name;
  }

  /** Returns whether it can be used. */
  public BoxState state() {
    return state;
  }

  /** Returns the image reference as it was given; empty for the built-in image. */
  public Optional<String> image() {
    return image;
  }

  /** Returns the digest of what the root file system was made from, {@code sha256:…}. */
  public String imageDigest() {
    return imageDigest;
  }

  /**
   * Returns how its instructions are executed: {@link Accelerator#KVM} or {@link Accelerator#TCG}.
   */
  public Accelerator accelerator() {
    return accelerator;
  }

  /** Returns why that accelerator was chosen. */
  public String acceleratorReason() {
    return acceleratorReason;
  }

  /** Returns the number of virtual processors. */
  public int cpus() {
    return cpus;
  }

  /** Returns the guest's memory in MiB. */
  public int memoryMib() {
    return memoryMib;
  }

  /** Returns the capacity for writes to its root file system, in MiB. */
  public int diskMib() {
    return diskMib;
  }

  /** Returns how it started: booted, restored, or restored ahead of time. */
  public BoxOrigin origin() {
    return origin;
  }

  /** Returns when it became ready. */
  public Instant startedAt() {
    return startedAt;
  }

  /** Returns how long it took to become ready, including the time to build its root image. */
  public Duration startTime() {
    return startTime;
  }

  /**
   * Returns the id of the process that runs the virtual machine, for tools that examine it from
   * outside.
   */
  public long hypervisorPid() {
    return hypervisorPid;
  }

  /** Returns what separates the box from this machine, if it is known. */
  public Optional<IsolationReport> isolation() {
    return isolation;
  }

  /** Returns why it was lost, with the guest's last console lines, if it was. */
  public Optional<String> loss() {
    return loss;
  }

  /** Returns a builder that starts with these values. */
  public Builder toBuilder() {
    Builder builder = new Builder(id);
    builder.name = name;
    builder.state = state;
    builder.image = image;
    builder.imageDigest = imageDigest;
    builder.accelerator = accelerator;
    builder.acceleratorReason = acceleratorReason;
    builder.cpus = cpus;
    builder.memoryMib = memoryMib;
    builder.diskMib = diskMib;
    builder.origin = origin;
    builder.startedAt = startedAt;
    builder.startTime = startTime;
    builder.hypervisorPid = hypervisorPid;
    builder.isolation = isolation;
    builder.loss = loss;
    return builder;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof BoxInfo that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  @Override
  public String toString() {
    return "BoxInfo["
        + "id="
        + id
        + ", name="
        + name.map(String::valueOf).orElse("none")
        + ", state="
        + state
        + ", image="
        + image.map(String::valueOf).orElse("none")
        + ", imageDigest="
        + imageDigest
        + ", accelerator="
        + accelerator
        + ", acceleratorReason="
        + acceleratorReason
        + ", cpus="
        + cpus
        + ", memoryMib="
        + memoryMib
        + ", diskMib="
        + diskMib
        + ", origin="
        + origin
        + ", startedAt="
        + startedAt
        + ", startTime="
        + startTime
        + ", hypervisorPid="
        + hypervisorPid
        + ", isolation="
        + isolation.map(String::valueOf).orElse("unknown")
        + ", loss="
        + loss.map(String::valueOf).orElse("none")
        + "]";
  }

  private List<Object> values() {
    return List.of(
        id,
        name,
        state,
        image,
        imageDigest,
        accelerator,
        acceleratorReason,
        cpus,
        memoryMib,
        diskMib,
        origin,
        startedAt,
        startTime,
        hypervisorPid,
        isolation,
        loss);
  }

  /** Collects the values of {@link BoxInfo}. */
  public static final class Builder {
    private String id;
    private Optional<String> name = Optional.empty();
    private BoxState state = BoxState.RUNNING;
    private Optional<String> image = Optional.empty();
    private String imageDigest = "";
    private Accelerator accelerator = Accelerator.AUTO;
    private String acceleratorReason = "";
    private int cpus = 1;
    private int memoryMib = 512;
    private int diskMib = 1024;
    private BoxOrigin origin = BoxOrigin.COLD_BOOT;
    private Instant startedAt = Instant.EPOCH;
    private Duration startTime = Duration.ZERO;
    private long hypervisorPid = 0;
    private Optional<IsolationReport> isolation = Optional.empty();
    private Optional<String> loss = Optional.empty();

    private Builder(String id) {
      this.id = id;
    }

    /** Sets the name; none by default. */
    public Builder name(String name) {
      this.name = Optional.of(name);
      return this;
    }

    /** Sets the state; {@link BoxState#RUNNING} by default. */
    public Builder state(BoxState state) {
      this.state = state;
      return this;
    }

    /** Sets the image reference; the built-in image by default. */
    public Builder image(String image) {
      this.image = Optional.of(image);
      return this;
    }

    /** Sets the digest of the image; empty by default. */
    public Builder imageDigest(String imageDigest) {
      this.imageDigest = imageDigest;
      return this;
    }

    /**
     * Sets how its instructions are executed; {@link Accelerator#AUTO} by default, which no real
     * box has.
     */
    public Builder accelerator(Accelerator accelerator) {
      this.accelerator = accelerator;
      return this;
    }

    /** Sets why that accelerator was chosen; empty by default. */
    public Builder acceleratorReason(String acceleratorReason) {
      this.acceleratorReason = acceleratorReason;
      return this;
    }

    /** Sets the number of virtual processors; 1 by default. */
    public Builder cpus(int cpus) {
      this.cpus = cpus;
      return this;
    }

    /** Sets the guest's memory in MiB; 512 by default. */
    public Builder memoryMib(int memoryMib) {
      this.memoryMib = memoryMib;
      return this;
    }

    /** Sets the capacity for writes to its root file system, in MiB; 1024 by default. */
    public Builder diskMib(int diskMib) {
      this.diskMib = diskMib;
      return this;
    }

    /** Sets how it started; {@link BoxOrigin#COLD_BOOT} by default. */
    public Builder origin(BoxOrigin origin) {
      this.origin = origin;
      return this;
    }

    /** Sets when it became ready; 1970 by default. */
    public Builder startedAt(Instant startedAt) {
      this.startedAt = startedAt;
      return this;
    }

    /** Sets how long it took to become ready; zero by default. */
    public Builder startTime(Duration startTime) {
      this.startTime = startTime;
      return this;
    }

    /** Sets the id of the process that runs it; 0 by default. */
    public Builder hypervisorPid(long hypervisorPid) {
      this.hypervisorPid = hypervisorPid;
      return this;
    }

    /** Sets what separates it from this machine; unknown by default. */
    public Builder isolation(IsolationReport isolation) {
      this.isolation = Optional.of(isolation);
      return this;
    }

    /** Sets why it was lost; empty by default. */
    public Builder loss(String loss) {
      this.loss = Optional.of(loss);
      return this;
    }

    /** Returns the {@link BoxInfo}. */
    public BoxInfo build() {
      return new BoxInfo(this);
    }
  }
}
