package io.boxlite.internal.box;

import io.boxlite.BoxOptions;
import io.boxlite.Command;
import io.boxlite.OutputKeep;
import io.boxlite.internal.guest.proto.EnvironmentVariable;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.guest.proto.WindowSize;
import io.boxlite.internal.image.ImageConfig;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The defaults of commands: those of the box, then those of the image.
 *
 * @param image the configuration of the image
 * @param box the options of the box
 */
record CommandDefaults(ImageConfig image, BoxOptions box) {
  private static final String TERM = "TERM";
  private static final String PLAIN_TERMINAL = "xterm";
  private static final long UNLIMITED_BYTES = -1; // agent.proto, ExecStart.stack_bytes: 2^64 - 1

  /**
   * Returns the command with the limits of the box where it has none, as far as a command can have
   * them.
   *
   * @throws IllegalArgumentException if a limit of the command is higher than that of the box
   */
  Command limited(Command command) {
    return limits().complete(command);
  }

  /**
   * Returns the command for the guest, with all defaults filled in.
   *
   * @throws IllegalArgumentException if a limit of the command is higher than that of the box
   */
  ExecStart complete(Command requested, boolean stdinOpen) {
    Command command = limited(requested);
    ExecStart.Builder start =
        ExecStart.newBuilder()
            .addAllArgv(command.argv())
            .setWorkingDirectory(
                command.workingDir().or(box::workingDir).or(image::workingDir).orElse(""))
            .setMakeWorkingDirectory(command.workingDir().isEmpty())
            .setUser(command.user().or(box::user).or(image::user).orElse(""))
            .setStdinOpen(stdinOpen)
            .setWallTimeNanos(command.timeout().toNanos())
            .setCpuTimeNanos(command.cpuTime().map(Duration::toNanos).orElse(0L))
            .setMemoryBytes((long) command.memoryMib().orElse(0) << 20)
            .setStackBytes(stackBytes(command))
            .setMaxProcesses(command.maxProcesses().orElse(0))
            .setMaxOpenFiles(command.maxOpenFiles().orElse(0))
            .setMaxFileSizeBytes(limits().fileSizeBytes(command))
            .setAddressSpaceBytes(limits().addressSpaceBytes())
            .setMaxOutputBytes(outputLimit(command))
            .setDropExcessOutput(command.keepOutput() == OutputKeep.HEAD)
            .setMergeStderr(command.mergesStderr())
            .setStdinFile(command.stdinFile().orElse(""));
    environment(command)
        .forEach(
            (name, value) ->
                start.addEnvironment(
                    EnvironmentVariable.newBuilder().setName(name).setValue(value)));
    command
        .tty()
        .ifPresent(
            size ->
                start.setTty(
                    WindowSize.newBuilder().setRows(size.rows()).setColumns(size.columns())));
    return start.build();
  }

  private CommandLimits limits() {
    return new CommandLimits(box.security());
  }

  private static long stackBytes(Command command) {
    int mib = command.stackMib().orElse(0);
    return mib == Command.UNLIMITED_STACK ? UNLIMITED_BYTES : (long) mib << 20;
  }

  /** Unlimited for TAIL: the last bytes are known only at the end, so the guest sends all. */
  private static long outputLimit(Command command) {
    return command.keepOutput() == OutputKeep.TAIL ? 0 : command.maxOutputBytes();
  }

  private Map<String, String> environment(Command command) {
    Map<String, String> environment = new LinkedHashMap<>(image.environment());
    environment.putAll(BoxTrust.environment(box));
    box.secrets().forEach(secret -> environment.put(secret.name(), secret.placeholder()));
    environment.putAll(box.env());
    environment.putAll(command.env());
    if (command.tty().isPresent()) {
      environment.putIfAbsent(TERM, PLAIN_TERMINAL);
    }
    return environment;
  }
}
