package io.boxlite;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a box is made of. Immutable; made by {@link #builder()} or {@link #image(String)}. */
public final class BoxOptions {
  private final Map<BoxOption<?>, Object> values;

  private BoxOptions(Map<BoxOption<?>, Object> values) {
    this.values = Map.copyOf(values);
  }

  /** Starts with every default, the built-in image among them. */
  public static Builder builder() {
    return new Builder(Map.of());
  }

  /** Starts with an image and defaults for the rest; see {@link Builder#image(String)}. */
  public static Builder image(String image) {
    return builder().image(image);
  }

  /** The image reference; the built-in BusyBox image when empty. */
  public Optional<String> image() {
    return get(BoxOption.IMAGE);
  }

  /** Virtual processors. */
  public int cpus() {
    return defaulted(BoxOption.CPUS);
  }

  /** The guest's memory in MiB. */
  public int memoryMib() {
    return defaulted(BoxOption.MEMORY_MIB);
  }

  /** How much can be written to the box's root file system, in MiB. */
  public int diskMib() {
    return defaulted(BoxOption.DISK_MIB);
  }

  /** The working directory of commands that name none; the image's when empty. */
  public Optional<String> workingDir() {
    return get(BoxOption.WORKING_DIR);
  }

  /** Environment variables for every command, over the image's. */
  public Map<String, String> env() {
    return defaulted(BoxOption.ENV);
  }

  /** The user of commands that name none; the image's, then root when empty. */
  public Optional<String> user() {
    return get(BoxOption.USER);
  }

  /** The guest's host name; the box's id when empty. */
  public Optional<String> hostname() {
    return get(BoxOption.HOSTNAME);
  }

  /** A name of the user's choice to find the box by, if there is one. */
  public Optional<String> name() {
    return get(BoxOption.NAME);
  }

  /** The commands that the box has run before it is used, in this order; see {@link Builder}. */
  public List<Command> prepare() {
    return defaulted(BoxOption.PREPARE);
  }

  /** The files that are in the box before it is used; see {@link Builder#files}. */
  public List<BoxFile> files() {
    return defaulted(BoxOption.FILES);
  }

  /** What the box can reach. */
  public Network network() {
    return defaulted(BoxOption.NETWORK);
  }

  /** When the image is fetched; as the settings say, then if it is missing, when empty. */
  public Optional<PullPolicy> pullPolicy() {
    return get(BoxOption.PULL_POLICY);
  }

  /** The accelerator; the settings' one, then {@link Accelerator#AUTO} when empty. */
  public Optional<Accelerator> accelerator() {
    return get(BoxOption.ACCELERATOR);
  }

  /**
   * Whether programs get random addresses in each run; when empty, they do with KVM and do not
   * under emulation.
   */
  public Optional<Boolean> addressRandomization() {
    return get(BoxOption.ADDRESS_RANDOMIZATION);
  }

  /**
   * How long the box may wait for memory, and then its guest may take until it is ready; as the
   * settings say when empty.
   */
  public Optional<Duration> startTimeout() {
    return get(BoxOption.START_TIMEOUT);
  }

  /** Returns the value of an option: the one that was set, else the default, if there is one. */
  public <T> Optional<T> get(BoxOption<T> option) {
    @SuppressWarnings("unchecked") // Builder.set has put it there
    T value = (T) values.get(option);
    return value == null ? option.defaultValue() : Optional.of(value);
  }

  private <T> T defaulted(BoxOption<T> option) {
    return get(option).orElseThrow();
  }

  /** Returns a builder that starts with these values. */
  public Builder toBuilder() {
    return new Builder(values);
  }

  /**
   * Returns the options that make a difference to the template that a box starts from: boxes for
   * which these are equal start from the same one, where their images, files and accelerators are
   * the same.
   */
  public BoxOptions ofTemplate() {
    boolean prepared = !prepare().isEmpty() || !files().isEmpty();
    Map<BoxOption<?>, Object> kept = new HashMap<>(values);
    kept.keySet()
        .removeIf(
            option ->
                option.effect() == BoxOption.Effect.BOX
                    || (option.effect() == BoxOption.Effect.PREPARATION && !prepared));
    return new BoxOptions(kept);
  }

  /** Compares all values; one that was set to its default equals one that was not set. */
  @Override
  public boolean equals(Object other) {
    return other instanceof BoxOptions options && values.equals(options.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /**
   * Returns the values that differ from the defaults, for messages; of the environment the names.
   */
  @Override
  public String toString() {
    return BoxOption.all().stream()
        .filter(values::containsKey)
        .map(
            option -> option + "=" + (option == BoxOption.ENV ? env().keySet() : get(option).get()))
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** Collects values; each setter checks its own. */
  public static final class Builder {
    private final Map<BoxOption<?>, Object> values;

    private Builder(Map<BoxOption<?>, Object> values) {
      this.values = new HashMap<>(values);
    }

    /**
     * Sets an option.
     *
     * @throws IllegalArgumentException when it does not take this value
     */
    public <T> Builder set(BoxOption<T> option, T value) {
      T checked = option.check(value);
      if (option.defaultValue().filter(checked::equals).isPresent()) {
        values.remove(option);
      } else {
        values.put(option, checked);
      }
      return this;
    }

    /**
     * Sets an option to what text says.
     *
     * @param texts as {@link BoxOption#read} takes them
     * @throws IllegalArgumentException when the option has no such value
     */
    public <T> Builder read(BoxOption<T> option, List<String> texts, OptionContext context) {
      return set(option, option.read(texts, context));
    }

    /**
     * Sets an option to what an annotation's attribute says, if it says something.
     *
     * @param attribute as {@link BoxOption#readAttribute} takes it
     * @throws IllegalArgumentException when the option has no such value
     */
    public <T> Builder readAttribute(BoxOption<T> option, Object attribute, OptionContext context) {
      option.readAttribute(attribute, context).ifPresent(value -> set(option, value));
      return this;
    }

    /**
     * Sets the image: the name of one in the store or in a registry, such as {@code python:slim},
     * or a source such as {@code oci:DIR[:TAG]}, {@code oci-archive:FILE}, {@code
     * docker-archive:FILE} or {@code rootfs:FILE.tar[.gz|.zst]}.
     */
    public Builder image(String image) {
      return set(BoxOption.IMAGE, image);
    }

    /** Sets the number of virtual processors, 1 to 64; 1 by default. */
    public Builder cpus(int cpus) {
      return set(BoxOption.CPUS, cpus);
    }

    /** Sets the guest's memory in MiB, 128 to 1048576; 512 by default. */
    public Builder memoryMib(int memoryMib) {
      return set(BoxOption.MEMORY_MIB, memoryMib);
    }

    /**
     * Sets how much can be written to the root file system, in MiB, 16 to 1048576; 1024 by default.
     * The host gives the space when it is used.
     */
    public Builder diskMib(int diskMib) {
      return set(BoxOption.DISK_MIB, diskMib);
    }

    /**
     * Sets the working directory of commands that name none; an absolute path. When the image does
     * not have it, it is made, with its parent directories, owned by root and with mode 0755.
     */
    public Builder workingDir(String workingDir) {
      return set(BoxOption.WORKING_DIR, workingDir);
    }

    /** Sets an environment variable for every command, over the image's. */
    public Builder env(String name, String value) {
      Map<String, String> changed = new LinkedHashMap<>(build().env());
      changed.put(name, value);
      return set(BoxOption.ENV, changed);
    }

    /**
     * Sets the user of commands that name none: {@code name}, {@code uid} or {@code uid:gid}.
     *
     * <p>A box does not start when the image's {@code /etc/passwd} does not have the name, unless
     * {@linkplain #files files} or {@linkplain #prepare commands} prepare the box, since these may
     * add it.
     */
    public Builder user(String user) {
      return set(BoxOption.USER, user);
    }

    /** Sets the guest's host name: letters, digits and hyphens, at most 63 (RFC 1123, 2.1). */
    public Builder hostname(String hostname) {
      return set(BoxOption.HOSTNAME, hostname);
    }

    /** Sets a name to find the box by: letters, digits, {@code _.-}, at most 128. */
    public Builder name(String name) {
      return set(BoxOption.NAME, name);
    }

    /**
     * Sets files and directories that are in the box when it starts. The agent puts them there
     * once, in this order, before the commands of {@link #prepare}, also where the image has no
     * shell; with them the state is saved as a template, and every box with the same options and
     * the same content of the files starts from there. When a file changes on this machine, the
     * next box gets a template of its own.
     *
     * <p>What {@link #prepare} says of secrets holds for files as well.
     *
     * @param files owned by root, with mode 0755 or 0644, unless they say otherwise; none by
     *     default
     */
    public Builder files(BoxFile... files) {
      return set(BoxOption.FILES, List.of(files));
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
      return set(BoxOption.PREPARE, List.of(commands));
    }

    /** Sets what the box can reach; nothing by default. */
    public Builder network(Network network) {
      return set(BoxOption.NETWORK, network);
    }

    /**
     * Sets when the image is fetched from its registry; by default as the setting {@code
     * boxlite.pull.policy} says, which is {@link PullPolicy#IF_MISSING} by default.
     */
    public Builder pullPolicy(PullPolicy pullPolicy) {
      return set(BoxOption.PULL_POLICY, pullPolicy);
    }

    /** Sets the accelerator; an error at the start where it cannot be had. */
    public Builder accelerator(Accelerator accelerator) {
      return set(BoxOption.ACCELERATOR, accelerator);
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
      return set(BoxOption.ADDRESS_RANDOMIZATION, addressRandomization);
    }

    /**
     * Sets how long the box may wait for memory that other boxes have, and then its guest may take
     * until it is ready, at most an hour each; by default as the setting {@code
     * boxlite.start.timeout} says, which is 60 s by default, and 2 s more for each processor after
     * the first: where they are more than this machine's, its guest boots slowly.
     */
    public Builder startTimeout(Duration startTimeout) {
      return set(BoxOption.START_TIMEOUT, startTimeout);
    }

    /** Returns the options; the builder can go on being used. */
    public BoxOptions build() {
      return new BoxOptions(values);
    }
  }
}
