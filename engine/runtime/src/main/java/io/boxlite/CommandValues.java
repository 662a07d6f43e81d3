package io.boxlite;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The values of a {@link Command}, which never change once it is created. A limit of 0 means no
 * limit.
 */
final class CommandValues {
  List<String> argv;
  Map<String, String> env = Map.of();
  @Nullable String workingDir;
  @Nullable String user;
  @Nullable Supplier<InputStream> stdin;
  boolean stdinReadOnce;
  @Nullable String stdinFile;
  @Nullable TtySize tty;
  boolean mergeStderr;
  Duration timeout = Command.DEFAULT_TIMEOUT;
  @Nullable Duration cpuTime;
  int memoryMib;
  int stackMib;
  int maxProcesses;
  int maxOpenFiles;
  int maxFileSizeMib;
  long maxOutputBytes = Command.DEFAULT_MAX_OUTPUT_BYTES;
  OutputKeep keepOutput = OutputKeep.KILL;

  CommandValues(List<String> argv) {
    this.argv = argv;
  }

  CommandValues(CommandValues other) {
    argv = other.argv;
    env = other.env;
    workingDir = other.workingDir;
    user = other.user;
    stdin = other.stdin;
    stdinReadOnce = other.stdinReadOnce;
    stdinFile = other.stdinFile;
    tty = other.tty;
    mergeStderr = other.mergeStderr;
    timeout = other.timeout;
    cpuTime = other.cpuTime;
    memoryMib = other.memoryMib;
    stackMib = other.stackMib;
    maxProcesses = other.maxProcesses;
    maxOpenFiles = other.maxOpenFiles;
    maxFileSizeMib = other.maxFileSizeMib;
    maxOutputBytes = other.maxOutputBytes;
    keepOutput = other.keepOutput;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CommandValues values && all().equals(values.all());
  }

  @Override
  public int hashCode() {
    return all().hashCode();
  }

  private List<@Nullable Object> all() {
    return Arrays.asList(
        argv,
        env,
        workingDir,
        user,
        stdin,
        stdinReadOnce,
        stdinFile,
        tty,
        mergeStderr,
        timeout,
        cpuTime,
        memoryMib,
        stackMib,
        maxProcesses,
        maxOpenFiles,
        maxFileSizeMib,
        maxOutputBytes,
        keepOutput);
  }

  /** Input in memory, which can be read any number of times. */
  record Bytes(byte[] bytes) implements Supplier<InputStream> {
    @Override
    public InputStream get() {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Bytes same && Arrays.equals(bytes, same.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  void setStdin(@Nullable Supplier<InputStream> stdin, boolean readOnce) {
    this.stdin = stdin;
    stdinReadOnce = readOnce;
    stdinFile = null;
  }
}
