package io.boxlite;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a box is confined: the jail around its hypervisor, and limits of every command in it.
 *
 * <p>Immutable: each method that takes a value returns a modified copy. Start with a preset and
 * change it: {@code SecurityOptions.maximum().maxOpenFiles(2048)}.
 *
 * <p><b>The jail</b> adds a second boundary around the hypervisor's process on the host, for the
 * case that a program breaks out of its virtual machine.
 *
 * <p><b>Limits</b> apply to every command in the box, those of {@link
 * BoxOptions.Builder#prepare(Command...) preparations} included. A {@link Command} without a limit
 * of its own gets that of the box. It may set a lower limit, but not a higher one. A box has no
 * such limits by default.
 *
 * <p><b>As text</b>, for example in {@code @Box(security = "...")}: the name of a preset, then
 * changes, separated by commas: {@code maximum, maxOpenFiles=2048, maxFileSize=64MiB,
 * maxCpuTime=10s}.
 */
public final class SecurityOptions {
  private static final SecurityOptions STANDARD =
      new SecurityOptions(
          new EnumMap<>(
              Map.of(
                  SecurityProperty.JAILER_ENABLED, true,
                  SecurityProperty.SECCOMP_ENABLED, true,
                  SecurityProperty.NETWORK_ENABLED, true,
                  SecurityProperty.CLOSE_FDS, true)));

  private static final SecurityOptions DEVELOPMENT =
      STANDARD.jailerEnabled(false).seccompEnabled(false);

  private static final SecurityOptions MAXIMUM =
      STANDARD.maxOpenFiles(1024).maxFileSize(1L << 30).maxProcesses(100);

  /** Has all properties but absent limits. */
  private final Map<SecurityProperty, Object> values;

  private SecurityOptions(Map<SecurityProperty, Object> values) {
    this.values = values;
  }

  /**
   * Returns options without a jail, without a seccomp filter and without limits, for example to
   * debug the hypervisor. The box is still a virtual machine.
   */
  public static SecurityOptions development() {
    return DEVELOPMENT;
  }

  /** Returns options with the jail and its seccomp filter, without limits: those of a new box. */
  public static SecurityOptions standard() {
    return STANDARD;
  }

  /**
   * Returns {@link #standard()} with limits for programs that nobody has read: 1024 open files for
   * each process, files of 1 GiB, and 100 processes for each command.
   */
  public static SecurityOptions maximum() {
    return MAXIMUM;
  }

  /**
   * Parses the text form: {@code development}, {@code standard} or {@code maximum}, and then any
   * number of changes {@code NAME=VALUE}, separated by commas or in texts of their own. Sizes and
   * durations have a unit, such as {@code 64MiB} and {@code 10s}.
   *
   * @throws IllegalArgumentException if the text has another form or a value is invalid; the
   *     message names the nearest known word
   */
  public static SecurityOptions parse(String... texts) {
    return SecurityText.parse(texts);
  }

  /**
   * Sets whether the hypervisor's process runs in a jail: namespaces and a file system of its own.
   */
  public SecurityOptions jailerEnabled(boolean jailerEnabled) {
    return with(SecurityProperty.JAILER_ENABLED, jailerEnabled);
  }

  /**
   * Sets whether a seccomp filter restricts the system calls of the hypervisor's process. The jail
   * installs the filter, so a box does not take options with the filter and without the jail: to
   * turn the jail off, turn the filter off as well.
   */
  public SecurityOptions seccompEnabled(boolean seccompEnabled) {
    return with(SecurityProperty.SECCOMP_ENABLED, seccompEnabled);
  }

  /**
   * Limits the file descriptors of each process; see {@link Command#maxOpenFiles(int)}.
   *
   * @param maxOpenFiles 3 to 1048576
   */
  public SecurityOptions maxOpenFiles(int maxOpenFiles) {
    return with(SecurityProperty.MAX_OPEN_FILES, maxOpenFiles);
  }

  /**
   * Limits the size of each file that a command writes; see {@link Command#maxFileSizeMib(int)}.
   *
   * @param maxFileSize in bytes, 1 to 2<sup>40</sup>
   */
  public SecurityOptions maxFileSize(long maxFileSize) {
    return with(SecurityProperty.MAX_FILE_SIZE, maxFileSize);
  }

  /**
   * Limits how many processes and threads each command may have at once; see {@link
   * Command#maxProcesses(int)}.
   *
   * @param maxProcesses 1 to 1048576
   */
  public SecurityOptions maxProcesses(int maxProcesses) {
    return with(SecurityProperty.MAX_PROCESSES, maxProcesses);
  }

  /**
   * Limits the address space of each process, as {@code RLIMIT_AS} does: an allocation beyond it
   * fails. It counts what a process allocates and maps, whether it uses it or not. Many runtimes,
   * such as Java's, reserve far more than they use. To limit the memory that a command uses, set
   * {@link Command#memoryMib(int)}.
   *
   * @param maxMemory in bytes, 2<sup>20</sup> to 2<sup>47</sup>
   */
  public SecurityOptions maxMemory(long maxMemory) {
    return with(SecurityProperty.MAX_MEMORY, maxMemory);
  }

  /**
   * Limits the processor time of each command; see {@link Command#cpuTime(Duration)}.
   *
   * @param maxCpuTime more than zero, at most 7 days
   */
  public SecurityOptions maxCpuTime(Duration maxCpuTime) {
    return with(SecurityProperty.MAX_CPU_TIME, maxCpuTime);
  }

  /**
   * Sets whether the box may have a network; true by default. With {@code false}, {@link
   * BoxOptions.Builder#build()} refuses any {@link BoxOptions#network()} but {@link
   * Network#none()}.
   */
  public SecurityOptions networkEnabled(boolean networkEnabled) {
    return with(SecurityProperty.NETWORK_ENABLED, networkEnabled);
  }

  /**
   * Accepts only {@code true}, which is the default: the hypervisor's process never inherits the
   * file descriptors of this JVM, with or without a jail, and this cannot be turned off.
   *
   * @throws IllegalArgumentException for {@code false}
   */
  public SecurityOptions closeFds(boolean closeFds) {
    return with(SecurityProperty.CLOSE_FDS, closeFds);
  }

  /** Returns whether the hypervisor's process runs in a jail. */
  public boolean jailerEnabled() {
    return isOn(SecurityProperty.JAILER_ENABLED);
  }

  /** Returns whether a seccomp filter restricts the hypervisor's process. */
  public boolean seccompEnabled() {
    return isOn(SecurityProperty.SECCOMP_ENABLED);
  }

  /** Returns the limit on file descriptors per process, if there is one. */
  public OptionalInt maxOpenFiles() {
    return integer(SecurityProperty.MAX_OPEN_FILES);
  }

  /** Returns the limit on the size of a file in bytes, if there is one. */
  public OptionalLong maxFileSize() {
    return bytes(SecurityProperty.MAX_FILE_SIZE);
  }

  /** Returns the limit on the processes and threads of a command, if there is one. */
  public OptionalInt maxProcesses() {
    return integer(SecurityProperty.MAX_PROCESSES);
  }

  /** Returns the limit on the address space of a process in bytes, if there is one. */
  public OptionalLong maxMemory() {
    return bytes(SecurityProperty.MAX_MEMORY);
  }

  /** Returns the limit on the processor time of a command, if there is one. */
  public Optional<Duration> maxCpuTime() {
    return Optional.ofNullable((Duration) values.get(SecurityProperty.MAX_CPU_TIME));
  }

  /** Returns whether the box may have a network. */
  public boolean networkEnabled() {
    return isOn(SecurityProperty.NETWORK_ENABLED);
  }

  /** Returns true: the hypervisor's process never inherits file descriptors. */
  public boolean closeFds() {
    return isOn(SecurityProperty.CLOSE_FDS);
  }

  /** Compares all values; how they were set makes no difference. */
  @Override
  public boolean equals(Object other) {
    return other instanceof SecurityOptions options && values.equals(options.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /** Returns the text form, which {@link #parse} reads. */
  @Override
  public String toString() {
    return SecurityText.format(this);
  }

  /** Returns these options, or throws an exception if no box can have them. */
  SecurityOptions checked() {
    if (seccompEnabled() && !jailerEnabled()) {
      throw new IllegalArgumentException(
          "security is \""
              + this
              + "\", which has seccompEnabled=true without the jail that installs the seccomp"
              + " filter; also set seccompEnabled=false, or leave the jail enabled");
    }
    return this;
  }

  /** Returns the values by property; a limit that is absent has none. */
  Map<SecurityProperty, Object> values() {
    return values;
  }

  /** Returns the limits that are present, by property. */
  Map<SecurityProperty, Object> limits() {
    Map<SecurityProperty, Object> limits = new EnumMap<>(values);
    limits.keySet().removeIf(property -> !property.isLimit());
    return limits;
  }

  SecurityOptions with(SecurityProperty property, Object value) {
    Map<SecurityProperty, Object> changed = new EnumMap<>(values);
    changed.put(property, property.check(value));
    return new SecurityOptions(changed);
  }

  private boolean isOn(SecurityProperty property) {
    return Boolean.TRUE.equals(values.get(property));
  }

  private OptionalInt integer(SecurityProperty property) {
    Integer value = (Integer) values.get(property);
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private OptionalLong bytes(SecurityProperty property) {
    Long value = (Long) values.get(property);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }
}
