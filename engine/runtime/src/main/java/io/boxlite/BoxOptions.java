package io.boxlite;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The configuration of a box. Immutable; created by {@link #builder()} or {@link #image(String)}.
 */
public final class BoxOptions {
  private final Map<BoxOption<?>, Object> values;

  private BoxOptions(Map<BoxOption<?>, Object> values) {
    this.values = Map.copyOf(values);
  }

  /** Returns a builder with all defaults, including the built-in image. */
  public static Builder builder() {
    return new Builder(Map.of());
  }

  /**
   * Returns a builder with an image and defaults for the rest; see {@link Builder#image(String)}.
   */
  public static Builder image(String image) {
    return builder().image(image);
  }

  /** Returns the image reference; empty for the built-in BusyBox image. */
  public Optional<String> image() {
    return get(BoxOption.IMAGE);
  }

  /** Returns the number of virtual processors. */
  public int cpus() {
    return defaulted(BoxOption.CPUS);
  }

  /** Returns the guest's memory in MiB. */
  public int memoryMib() {
    return defaulted(BoxOption.MEMORY_MIB);
  }

  /** Returns the capacity for writes to the root file system, in MiB. */
  public int diskMib() {
    return defaulted(BoxOption.DISK_MIB);
  }

  /** Returns the default working directory of commands; if empty, the image's is used. */
  public Optional<String> workingDir() {
    return get(BoxOption.WORKING_DIR);
  }

  /** Returns the environment variables of every command, which override the image's. */
  public Map<String, String> env() {
    return defaulted(BoxOption.ENV);
  }

  /** Returns the default user of commands; if empty, the image's user, then root, is used. */
  public Optional<String> user() {
    return get(BoxOption.USER);
  }

  /** Returns the guest's host name; if empty, the box's id is used. */
  public Optional<String> hostname() {
    return get(BoxOption.HOSTNAME);
  }

  /** Returns the name to find the box by, if there is one. */
  public Optional<String> name() {
    return get(BoxOption.NAME);
  }

  /** Returns the commands that prepare the box, in this order; see {@link Builder#prepare}. */
  public List<Command> prepare() {
    return defaulted(BoxOption.PREPARE);
  }

  /** Returns the files that are put into the box before it starts; see {@link Builder#files}. */
  public List<BoxFile> files() {
    return defaulted(BoxOption.FILES);
  }

  /** Returns the volumes of the box; see {@link Builder#volumes}. */
  public List<BoxVolume> volumes() {
    return defaulted(BoxOption.VOLUMES);
  }

  /** Returns the file systems in memory: their sizes in MiB, by path; see {@link Builder#tmpfs}. */
  public Map<String, Integer> tmpfs() {
    return defaulted(BoxOption.TMPFS);
  }

  /** Returns the main command, if there is one; see {@link Builder#startCommand(Command)}. */
  public Optional<StartCommand> startCommand() {
    return get(BoxOption.START_COMMAND);
  }

  /** Returns what makes the box ready; see {@link Builder#waitFor(Wait...)}. */
  public List<Wait> waitFor() {
    return defaulted(BoxOption.WAIT_FOR);
  }

  /** Returns what the box can reach. */
  public Network network() {
    return defaulted(BoxOption.NETWORK);
  }

  /** Returns the values that the box uses and never sees; see {@link Builder#secrets}. */
  public List<Secret> secrets() {
    return defaulted(BoxOption.SECRETS);
  }

  /** Returns the name of the network between boxes that the box joins, if it joins one. */
  public Optional<String> join() {
    return get(BoxOption.JOIN);
  }

  /** Returns the names by which other boxes on the same network find the box, besides its own. */
  public List<String> alias() {
    return defaulted(BoxOption.ALIAS);
  }

  /** Returns the ports that this machine can reach; see {@link Builder#ports(int...)}. */
  public List<PublishedPort> ports() {
    return defaulted(BoxOption.PORTS);
  }

  /** Returns how the box is confined, and the limits of all its commands. */
  public SecurityOptions security() {
    return defaulted(BoxOption.SECURITY);
  }

  /**
   * Returns when to pull the image; if empty, the setting applies, then {@link
   * PullPolicy#IF_MISSING}.
   */
  public Optional<PullPolicy> pullPolicy() {
    return get(BoxOption.PULL_POLICY);
  }

  /** Returns the accelerator; if empty, the setting applies, then {@link Accelerator#AUTO}. */
  public Optional<Accelerator> accelerator() {
    return get(BoxOption.ACCELERATOR);
  }

  /**
   * Returns whether programs run at random addresses; if empty, they do with KVM and do not under
   * emulation.
   */
  public Optional<Boolean> addressRandomization() {
    return get(BoxOption.ADDRESS_RANDOMIZATION);
  }

  /**
   * Returns the timeout for the wait for memory and for the start of the guest, each; if empty, the
   * setting applies.
   */
  public Optional<Duration> startTimeout() {
    return get(BoxOption.START_TIMEOUT);
  }

  /**
   * Returns the value of an option: the value that was set, or else the default, if there is one.
   */
  public <T> Optional<T> get(BoxOption<T> option) {
    @SuppressWarnings("unchecked") // set() has checked the type
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

  /** Returns whether something happens in the guest before boxes start from its template. */
  private boolean isPrepared() {
    return !prepare().isEmpty()
        || !files().isEmpty()
        || startCommand().isPresent()
        || !waitFor().isEmpty();
  }

  /**
   * Returns only the options that affect the template that a box starts from. Boxes for which these
   * are equal start from the same template, provided that their images, files and accelerators are
   * the same.
   */
  public BoxOptions ofTemplate() {
    boolean prepared = isPrepared();
    Map<BoxOption<?>, Object> kept = new HashMap<>(values);
    kept.keySet()
        .removeIf(
            option ->
                option.effect() == BoxOption.Effect.BOX
                    || (option.effect() == BoxOption.Effect.PREPARATION && !prepared));
    kept.replaceAll((option, value) -> option.ofTemplate(value, prepared));
    return new BoxOptions(kept);
  }

  /** Compares all values. An option that was set to its default equals one that was not set. */
  @Override
  public boolean equals(Object other) {
    return other instanceof BoxOptions options && values.equals(options.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /**
   * Returns the values that differ from the defaults, for messages. Of environment variables only
   * the names are shown.
   */
  @Override
  public String toString() {
    return BoxOption.all().stream()
        .filter(values::containsKey)
        .map(
            option -> option + "=" + (option == BoxOption.ENV ? env().keySet() : get(option).get()))
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** Collects the values of {@link BoxOptions}. Each setter checks its value. */
  public static final class Builder {
    private final Map<BoxOption<?>, Object> values;

    private Builder(Map<BoxOption<?>, Object> values) {
      this.values = new HashMap<>(values);
    }

    /**
     * Sets an option.
     *
     * @throws IllegalArgumentException if the value is invalid
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
     * Sets an option to a value in text form.
     *
     * @param texts as for {@link BoxOption#read}
     * @throws IllegalArgumentException if the value is invalid
     */
    public <T> Builder read(BoxOption<T> option, List<String> texts, OptionContext context) {
      return set(option, option.read(texts, context));
    }

    /**
     * Sets an option to the value of an annotation's attribute, unless that means that it is not
     * set.
     *
     * @param attribute as for {@link BoxOption#readAttribute}
     * @throws IllegalArgumentException if the value is invalid
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
     * Sets the capacity for writes to the root file system, in MiB, 16 to 1048576; 1024 by default.
     * Space on the host is allocated as it is used.
     */
    public Builder diskMib(int diskMib) {
      return set(BoxOption.DISK_MIB, diskMib);
    }

    /**
     * Sets the default working directory of commands, an absolute path. If the image does not have
     * it, it is created with its parent directories, owned by root and with mode 0755.
     */
    public Builder workingDir(String workingDir) {
      return set(BoxOption.WORKING_DIR, workingDir);
    }

    /** Sets an environment variable for every command, overriding the image's. */
    public Builder env(String name, String value) {
      Map<String, String> changed = new LinkedHashMap<>(new BoxOptions(values).env());
      changed.put(name, value);
      return set(BoxOption.ENV, changed);
    }

    /**
     * Sets the default user of commands: {@code name}, {@code uid} or {@code uid:gid}.
     *
     * <p>A box does not start if the name is not in the image's {@code /etc/passwd}, unless
     * {@linkplain #files files} or {@linkplain #prepare commands} prepare the box, since they may
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
     * Sets files and directories that are put into the box before it starts. The agent copies them
     * once, in this order, before the commands of {@link #prepare} run; the image needs no shell
     * for that. The state is then saved as a template, and every box with the same options and the
     * same content of the files starts from it. If a file changes on this machine, the next box
     * gets a new template.
     *
     * <p>Secrets in files end up in the template, as described for {@link #prepare}.
     *
     * @param files the files; owned by root, with mode 0755 or 0644, unless they have other
     *     attributes; none by default
     */
    public Builder files(BoxFile... files) {
      return set(BoxOption.FILES, List.of(files));
    }

    /**
     * Sets commands that prepare the state that boxes start from, for example by installing
     * packages, compiling, or starting a server. They run once, one after the other. The resulting
     * state of disk and memory is saved as a template, and every box with the same options starts
     * from it. A process that a command leaves running runs in each of these boxes.
     *
     * <p>Everything that is in the guest's memory and on its disk when the preparation ends is part
     * of the template, which is kept in the home directory, and of every box that starts from it.
     * That includes passwords and keys that the commands were given or generated, session tokens,
     * host keys, and the state of random number generators. A running program that has seeded its
     * generator draws the same numbers in each box, and so do its children; the kernel's generator
     * is reseeded in each box. Create secrets and unique values in each box, and do not prepare
     * with data that programs in the box must not read.
     *
     * @param commands the commands; each must exit with 0 within its own time limit, or no box
     *     starts; none by default
     * @throws IllegalArgumentException if a command has a terminal, or an input stream, which can
     *     be read only once
     */
    public Builder prepare(Command... commands) {
      return set(BoxOption.PREPARE, List.of(commands));
    }

    /**
     * Runs the image's entrypoint and command as the box's main command, as {@code docker run}
     * does; see {@link #startCommand(Command)}. The box does not start if the image has neither.
     */
    public Builder startCommand() {
      return set(BoxOption.START_COMMAND, StartCommand.ofImage());
    }

    /**
     * Runs a command as the box's main command, instead of the image's entrypoint and command; by
     * default there is none. It has the environment, user and working directory of the image and of
     * these options. {@link LiteBox#mainCommand()} tells what becomes of it.
     *
     * <p>It is started once, after {@link #files} and {@link #prepare}, and {@link #waitFor} is
     * waited for. Then the box is saved as a template, and the command continues in every box that
     * starts from it: a service is ready when the box has started. What is in the command's memory
     * is in each of these boxes, as described for {@link #prepare}, and the wall clock jumps
     * forward when a box starts.
     *
     * @param command its limits of wall-clock time and output do not apply
     * @throws IllegalArgumentException if it has a terminal, or a standard input other than a file
     *     of the box
     */
    public Builder startCommand(Command command) {
      return set(BoxOption.START_COMMAND, StartCommand.of(command));
    }

    /**
     * Sets what must hold before the box counts as ready; nothing by default. Replaces earlier
     * ones. It is waited for when the box's template is made, and not again in the boxes that start
     * from it. A box does not start if something does not hold in time, or if the main command ends
     * before.
     *
     * @param waits what to wait for, in this order; the time runs for all of them at once
     */
    public Builder waitFor(Wait... waits) {
      return set(BoxOption.WAIT_FOR, List.of(waits));
    }

    /**
     * Sets the volumes of the box: directories of this machine, and named volumes. The box has them
     * mounted from its start to its end, and again after a {@linkplain LiteBox#reset reset}. They
     * are not there while {@linkplain #prepare commands} prepare the box, and make no difference to
     * its template. Any number of boxes can have the same directory; if their programs use it at
     * the same time and rely on locks, with {@link VolumeMode#SHARED}.
     *
     * <p>A volume that is read-only cannot be changed by the box: this machine refuses it. Symbolic
     * links are resolved by the box, inside the box, and never lead out of the directory.
     *
     * @param volumes the volumes, at most 32; none by default
     * @throws IllegalArgumentException if two have the same path
     */
    public Builder volumes(BoxVolume... volumes) {
      return set(BoxOption.VOLUMES, List.of(volumes));
    }

    /**
     * Adds a directory of this machine, as {@link #volumes} does.
     *
     * @param directory a directory, which must exist when the box is created
     * @param path an absolute path in the box
     */
    public Builder volume(Path directory, String path, VolumeMode mode) {
      return add(BoxVolume.of(directory, path, mode));
    }

    /**
     * Adds a named volume that the box may change; see {@link #volume(String, String, VolumeMode)}.
     */
    public Builder volume(String name, String path) {
      return volume(name, path, VolumeMode.READ_WRITE);
    }

    /**
     * Adds a named volume, as {@link #volumes} does. It is created if it is missing, and stays when
     * the box ends; see {@link Boxlite#volumes()}.
     *
     * @param name 1 to 64 letters, digits, {@code _}, {@code .} and {@code -}
     * @param path an absolute path in the box
     */
    public Builder volume(String name, String path, VolumeMode mode) {
      return add(BoxVolume.named(name, path, mode));
    }

    private Builder add(BoxVolume volume) {
      List<BoxVolume> changed = new ArrayList<>(new BoxOptions(values).volumes());
      changed.add(volume);
      return set(BoxOption.VOLUMES, changed);
    }

    /**
     * Adds a file system in memory, to which every user of the box may write. It is empty at the
     * start of the box. Its files count against the memory of the box.
     *
     * @param path an absolute path in the box, which is created if it is missing
     * @param mib its capacity in MiB, 1 to 1048576
     */
    public Builder tmpfs(String path, int mib) {
      Map<String, Integer> changed = new LinkedHashMap<>(new BoxOptions(values).tmpfs());
      changed.put(path, mib);
      return set(BoxOption.TMPFS, changed);
    }

    /**
     * Sets what the box can reach; {@linkplain Network#none() nothing} by default. Boxes that
     * differ only in what they can reach start from the same template, unless {@linkplain #files
     * files}, {@linkplain #prepare commands} or a {@linkplain #startCommand(Command) main command}
     * prepare it.
     */
    public Builder network(Network network) {
      return set(BoxOption.NETWORK, network);
    }

    /**
     * Sets values that programs in the box can send to certain hosts and never see; none by
     * default. Replaces earlier ones. Every command, and the main command, has an environment
     * variable with the name of each secret and the placeholder as its value. The commands of
     * {@link #prepare} do not, and nothing is put in while they run.
     *
     * <p>For HTTPS, the box trusts a certificate authority of its own: its certificate is added to
     * {@code /etc/ssl/certs/ca-certificates.crt} at the start of the box, and environment variables
     * such as {@code SSL_CERT_FILE} name that file. The authority's key never leaves this JVM.
     *
     * <p>A box cannot be created if its {@link #network} does not allow a host of a secret by name,
     * or if a value is to come from a variable or property that is not set.
     *
     * @throws IllegalArgumentException if two have the same name, the placeholder of one contains
     *     that of another, or one has no hosts
     */
    public Builder secrets(Secret... secrets) {
      return set(BoxOption.SECRETS, List.of(secrets));
    }

    /** Adds a value that programs in the box can use and never see, as {@link #secrets} does. */
    public Builder secret(Secret secret) {
      List<Secret> changed = new ArrayList<>(new BoxOptions(values).secrets());
      changed.add(secret);
      return set(BoxOption.SECRETS, changed);
    }

    /**
     * Puts the box on a network with other boxes. They reach it by its {@linkplain #name name}, if
     * it has one, and its aliases. It must have at least one of them to be found; without any, it
     * can still reach the others. Replaces an earlier network.
     *
     * @param network must be of the same {@link Boxlite} as the box
     * @param aliases RFC 1123 labels, which no other box on the network has
     * @throws IllegalArgumentException if an alias is no such label, or programs would never look
     *     it up: {@code localhost}, or a number
     */
    public Builder join(BoxNetwork network, String... aliases) {
      return set(BoxOption.JOIN, network.name()).alias(aliases);
    }

    /**
     * Sets the aliases of a box that {@linkplain #join joins} a network; without one, it cannot be
     * created. Replaces earlier ones.
     *
     * @param aliases RFC 1123 labels, which no other box on the network has
     * @throws IllegalArgumentException if an alias is no such label, or programs would never look
     *     it up: {@code localhost}, or a number
     */
    public Builder alias(String... aliases) {
      return set(BoxOption.ALIAS, List.of(aliases));
    }

    /**
     * Publishes TCP ports of the box on free ports of this machine, at {@code 127.0.0.1}; {@link
     * GuestNetwork#address} tells which. Replaces earlier ones. A box without a {@link #network}
     * can have them as well.
     *
     * @param guestPorts the ports on which programs in the box listen, 1 to 65535
     * @throws IllegalArgumentException if a port is out of range or given twice
     */
    public Builder ports(int... guestPorts) {
      return set(BoxOption.PORTS, IntStream.of(guestPorts).mapToObj(PublishedPort::of).toList());
    }

    /**
     * Publishes TCP ports of the box, also on certain ports of this machine. Replaces earlier ones.
     *
     * @throws IllegalArgumentException if a port is given twice
     */
    public Builder ports(PublishedPort... ports) {
      return set(BoxOption.PORTS, List.of(ports));
    }

    /**
     * Sets how the box is confined, and limits of all its commands; {@link
     * SecurityOptions#standard()} by default.
     *
     * @throws IllegalArgumentException if the options have a seccomp filter but no jail
     */
    public Builder security(SecurityOptions security) {
      return set(BoxOption.SECURITY, security);
    }

    /**
     * Sets when to pull the image from its registry; by default the setting {@code
     * boxlite.pull.policy} applies, whose default is {@link PullPolicy#IF_MISSING}.
     */
    public Builder pullPolicy(PullPolicy pullPolicy) {
      return set(BoxOption.PULL_POLICY, pullPolicy);
    }

    /** Sets the accelerator. The box does not start if it is not available. */
    public Builder accelerator(Accelerator accelerator) {
      return set(BoxOption.ACCELERATOR, accelerator);
    }

    /**
     * Sets whether the addresses of a program's stack, heap, libraries and, where it is
     * position-independent, its code are random in each run (address space layout randomization,
     * ASLR). It is on by default with KVM, and off under emulation, where a program at random
     * addresses must be translated again in each run: a small dynamically linked program then takes
     * some 20 ms instead of 3. Turn it on to test exploits, or programs that must work at any
     * address. Turn it off to have the same addresses in each run.
     *
     * <p>The guest's kernel itself is always at the same address. A process that a preparation
     * leaves running has the same addresses in all boxes, and so have the children that it forks.
     */
    public Builder addressRandomization(boolean addressRandomization) {
      return set(BoxOption.ADDRESS_RANDOMIZATION, addressRandomization);
    }

    /**
     * Sets the timeout for the wait for memory that other boxes use, and the same again for the
     * start of the guest: at most 1 hour. By default the setting {@code boxlite.start.timeout}
     * applies. Its default is 60 s, and 2 s more for each processor after the first, because a
     * guest with more processors than the machine boots slowly.
     */
    public Builder startTimeout(Duration startTimeout) {
      return set(BoxOption.START_TIMEOUT, startTimeout);
    }

    /**
     * Returns the options. The builder can still be used afterwards.
     *
     * @throws IllegalArgumentException if the box has a network, or joins one, and its {@linkplain
     *     SecurityOptions#networkEnabled(boolean) security options} forbid that; or if it waits for
     *     the output of a main command that it does not have; or if an environment variable has the
     *     name of a secret
     */
    public BoxOptions build() {
      BoxOptions options = new BoxOptions(values);
      OptionText.requireAllowed(options.network(), options.join(), options.security());
      OptionText.requireMainCommand(options.waitFor(), options.startCommand());
      OptionText.requireDistinct(options.env(), options.secrets());
      return options;
    }
  }
}
