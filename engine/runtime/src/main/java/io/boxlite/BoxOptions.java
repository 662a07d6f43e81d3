package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a box is made of. Immutable; made by {@link #builder()} or {@link #image(String)}. */
public final class BoxOptions {
  private final Builder values;

  private BoxOptions(Builder values) {
    this.values = values;
  }

  /** Starts with every default, the built-in image among them. */
  public static Builder builder() {
    return new Builder();
  }

  /** Starts with an image and defaults for the rest; see {@link Builder#image(String)}. */
  public static Builder image(String image) {
    return builder().image(image);
  }

  /** The image reference; the built-in BusyBox image when empty. */
  public Optional<String> image() {
    return Optional.ofNullable(values.image);
  }

  /** Virtual processors. */
  public int cpus() {
    return values.cpus;
  }

  /** The guest's memory in MiB. */
  public int memoryMib() {
    return values.memoryMib;
  }

  /** How much can be written to the box's root file system, in MiB. */
  public int diskMib() {
    return values.diskMib;
  }

  /** The working directory of commands that name none; the image's when empty. */
  public Optional<String> workingDir() {
    return Optional.ofNullable(values.workingDir);
  }

  /** Environment variables for every command, over the image's. */
  public Map<String, String> env() {
    return values.env;
  }

  /** The user of commands that name none; the image's, then root when empty. */
  public Optional<String> user() {
    return Optional.ofNullable(values.user);
  }

  /** The guest's host name; the box's id when empty. */
  public Optional<String> hostname() {
    return Optional.ofNullable(values.hostname);
  }

  /** A name of the user's choice to find the box by, if there is one. */
  public Optional<String> name() {
    return Optional.ofNullable(values.name);
  }

  /** The commands that the box has run before it is used, in this order; see {@link Builder}. */
  public List<Command> prepare() {
    return values.prepare;
  }

  /** What the box can reach. */
  public NetworkMode network() {
    return values.network;
  }

  /** When the image is fetched; as the settings say, then if it is missing, when empty. */
  public Optional<PullPolicy> pullPolicy() {
    return Optional.ofNullable(values.pullPolicy);
  }

  /** The accelerator; the settings' one, then {@link Accelerator#AUTO} when empty. */
  public Optional<Accelerator> accelerator() {
    return Optional.ofNullable(values.accelerator);
  }

  /**
   * Whether programs get random addresses in each run; when empty, they do with KVM and do not
   * under emulation.
   */
  public Optional<Boolean> addressRandomization() {
    return Optional.ofNullable(values.addressRandomization);
  }

  /**
   * How long the box may wait for memory, and then its guest may take until it is ready; as the
   * settings say when empty.
   */
  public Optional<Duration> startTimeout() {
    return Optional.ofNullable(values.startTimeout);
  }

  /** A builder that starts with these values. */
  public Builder toBuilder() {
    return values.copy();
  }

  /** Collects values; each setter checks its own. */
  public static final class Builder {
    private static final Pattern HOSTNAME = // RFC 1123, section 2.1: one label
        Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");
    private static final Duration LONGEST_START = Duration.ofHours(1);

    private @Nullable String image;
    private int cpus = 1;
    private int memoryMib = 512;
    private int diskMib = 1024;
    private @Nullable String workingDir;
    private Map<String, String> env = Map.of();
    private @Nullable String user;
    private @Nullable String hostname;
    private @Nullable String name;
    private List<Command> prepare = List.of();
    private NetworkMode network = NetworkMode.NONE;
    private @Nullable PullPolicy pullPolicy;
    private @Nullable Accelerator accelerator;
    private @Nullable Boolean addressRandomization;
    private @Nullable Duration startTimeout;

    private Builder() {}

    /**
     * Sets the image: the name of one in the store or in a registry, such as {@code python:slim},
     * or a source such as {@code oci:DIR[:TAG]}, {@code oci-archive:FILE}, {@code
     * docker-archive:FILE} or {@code rootfs:FILE.tar[.gz|.zst]}.
     */
    public Builder image(String image) {
      this.image = Arguments.notBlank("image", image);
      return this;
    }

    /** Sets the number of virtual processors, 1 to 64; 1 by default. */
    public Builder cpus(int cpus) {
      this.cpus = Arguments.inRange("cpus", cpus, 1, 64);
      return this;
    }

    /** Sets the guest's memory in MiB, 128 to 1048576; 512 by default. */
    public Builder memoryMib(int memoryMib) {
      this.memoryMib = Arguments.inRange("memoryMib", memoryMib, 128, 1 << 20);
      return this;
    }

    /**
     * Sets how much can be written to the root file system, in MiB, 16 to 1048576; 1024 by default.
     * The host gives the space when it is used.
     */
    public Builder diskMib(int diskMib) {
      this.diskMib = Arguments.inRange("diskMib", diskMib, 16, 1 << 20);
      return this;
    }

    /**
     * Sets the working directory of commands that name none; an absolute path. When the image does
     * not have it, it is made, with its parent directories, owned by root and with mode 0755.
     */
    public Builder workingDir(String workingDir) {
      this.workingDir = Arguments.absolutePath("workingDir", workingDir);
      return this;
    }

    /** Sets an environment variable for every command, over the image's. */
    public Builder env(String name, String value) {
      Map<String, String> changed = new LinkedHashMap<>(env);
      changed.put(
          Arguments.environmentName(name),
          Arguments.noNul("value of environment variable " + Arguments.shown(name), value));
      env = Collections.unmodifiableMap(changed);
      return this;
    }

    /**
     * Sets the user of commands that name none: {@code name}, {@code uid} or {@code uid:gid}.
     *
     * <p>A box does not start when the image's {@code /etc/passwd} does not have the name, unless
     * commands {@linkplain #prepare prepare} the box, since these may add it.
     */
    public Builder user(String user) {
      this.user = Arguments.notBlank("user", user);
      return this;
    }

    /** Sets the guest's host name: letters, digits and hyphens, at most 63 (RFC 1123, 2.1). */
    public Builder hostname(String hostname) {
      if (!HOSTNAME.matcher(hostname).matches()) {
        throw new IllegalArgumentException(
            "hostname is \""
                + Arguments.shown(hostname)
                + "\"; it must be 1 to 63 letters, digits and inner hyphens (RFC 1123)");
      }
      this.hostname = hostname;
      return this;
    }

    /** Sets a name to find the box by: letters, digits, {@code _.-}, at most 128. */
    public Builder name(String name) {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "name is \""
                + Arguments.shown(name)
                + "\"; it must be 1 to 128 letters, digits, '_', '.' and '-', the first a letter or"
                + " digit");
      }
      this.name = name;
      return this;
    }

    /**
     * Sets commands that bring the box into the state it is to start in, such as ones that install
     * packages, compile, or start a server. They run once, one after the other; what they leave
     * behind, in files and in memory, is saved as a template, and every box with the same options
     * starts from there. A process that one of them leaves running runs in each of these boxes.
     *
     * <p>All that is in the guest's memory and on its disk when the preparation ends is in the
     * template, which is kept in the home directory, and in every box that starts from it:
     * passwords and keys that the commands were given or have made, session tokens, host keys, the
     * state of random number generators. A running program that has seeded its generator draws the
     * same numbers in each box, and so do its children; the kernel's generator is seeded anew in
     * each. Make secrets and unique values in each box, and keep out of a preparation what programs
     * in the box must not read.
     *
     * @param commands each must exit with 0 within its own time limit, or no box starts; none by
     *     default
     * @throws IllegalArgumentException when one has an input stream, which can be read only once,
     *     or a terminal
     */
    public Builder prepare(Command... commands) {
      for (Command command : commands) {
        if (!command.isRepeatable()) {
          throw new IllegalArgumentException(
              "prepare has `"
                  + command
                  + "`, whose standard input is a stream, which can be read only once; give it"
                  + " bytes or text");
        }
        if (command.tty().isPresent()) {
          throw new IllegalArgumentException(
              "prepare has `" + command + "`, which wants a terminal; there is nobody to type");
        }
      }
      prepare = List.of(commands);
      return this;
    }

    /** Sets what the box can reach; nothing by default. */
    public Builder network(NetworkMode network) {
      this.network = network;
      return this;
    }

    /**
     * Sets when the image is fetched from its registry; by default as the setting {@code
     * boxlite.pull.policy} says, which is {@link PullPolicy#IF_MISSING} by default.
     */
    public Builder pullPolicy(PullPolicy pullPolicy) {
      this.pullPolicy = pullPolicy;
      return this;
    }

    /** Sets the accelerator; an error at the start where it cannot be had. */
    public Builder accelerator(Accelerator accelerator) {
      this.accelerator = accelerator;
      return this;
    }

    /**
     * Sets whether the addresses of a program's stack, heap, libraries and, where it is
     * position-independent, its code are random in each run (address space layout randomization,
     * ASLR). By default it is on with KVM and off under emulation, where a program at random
     * addresses has to be translated anew in each run: a small dynamically linked one then takes
     * some 20 ms instead of 3. Turn it on to test exploits or programs that must work at any
     * address, off to have the same addresses in each run.
     *
     * <p>The guest's kernel itself is always at the same address. A process that a preparation
     * leaves running has the same addresses in all boxes, and so have the children that it forks.
     */
    public Builder addressRandomization(boolean addressRandomization) {
      this.addressRandomization = addressRandomization;
      return this;
    }

    /**
     * Sets how long the box may wait for memory that other boxes have, and then its guest may take
     * until it is ready, at most an hour each; by default as the setting {@code
     * boxlite.start.timeout} says, which is 60 s by default, and 2 s more for each processor after
     * the first: where they are more than this machine's, its guest boots slowly.
     */
    public Builder startTimeout(Duration startTimeout) {
      this.startTimeout = Arguments.positive("startTimeout", startTimeout, LONGEST_START);
      return this;
    }

    /** Makes the options; the builder can go on being used. */
    public BoxOptions build() {
      return new BoxOptions(copy());
    }

    private Builder copy() {
      Builder copy = new Builder();
      copy.image = image;
      copy.cpus = cpus;
      copy.memoryMib = memoryMib;
      copy.diskMib = diskMib;
      copy.workingDir = workingDir;
      copy.env = env;
      copy.user = user;
      copy.hostname = hostname;
      copy.name = name;
      copy.prepare = prepare;
      copy.network = network;
      copy.pullPolicy = pullPolicy;
      copy.accelerator = accelerator;
      copy.addressRandomization = addressRandomization;
      copy.startTimeout = startTimeout;
      return copy;
    }
  }
}
