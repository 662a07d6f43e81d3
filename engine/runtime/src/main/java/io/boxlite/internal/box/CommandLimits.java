package io.boxlite.internal.box;

import io.boxlite.Command;
import io.boxlite.SecurityOptions;
import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The limits that a box sets for all its commands. They are upper bounds for the limits of a
 * command, and apply where it has none.
 *
 * @param box the options that have the limits
 */
record CommandLimits(SecurityOptions box) {
  private static final int MIB = 20;

  /**
   * Returns the command with those limits of the box that it lacks, as far as a command can have
   * them.
   *
   * @throws IllegalArgumentException if a limit of the command is higher than that of the box
   */
  Command complete(Command command) {
    requireAtMost("maxOpenFiles", command, command.maxOpenFiles(), box.maxOpenFiles());
    requireAtMost("maxProcesses", command, command.maxProcesses(), box.maxProcesses());
    requireFileSize(command);
    requireCpuTime(command);
    Command completed = command;
    if (command.maxOpenFiles().isEmpty() && box.maxOpenFiles().isPresent()) {
      completed = completed.maxOpenFiles(box.maxOpenFiles().getAsInt());
    }
    if (command.maxProcesses().isEmpty() && box.maxProcesses().isPresent()) {
      completed = completed.maxProcesses(box.maxProcesses().getAsInt());
    }
    if (command.cpuTime().isEmpty() && box.maxCpuTime().isPresent()) {
      completed = completed.cpuTime(box.maxCpuTime().get());
    }
    return completed;
  }

  /**
   * Returns the limit on the size of a file in bytes; 0 for none. A command's own limit is in MiB,
   * which that of a box need not be a multiple of.
   */
  long fileSizeBytes(Command command) {
    OptionalInt mib = command.maxFileSizeMib();
    return mib.isPresent() ? (long) mib.getAsInt() << MIB : box.maxFileSize().orElse(0);
  }

  /** Returns the limit on the address space of each process in bytes; 0 for none. */
  long addressSpaceBytes() {
    return box.maxMemory().orElse(0);
  }

  private static void requireAtMost(
      String name, Command command, OptionalInt asked, OptionalInt most) {
    if (asked.isPresent() && most.isPresent() && asked.getAsInt() > most.getAsInt()) {
      throw tooHigh(command, name, asked.getAsInt(), name, most.getAsInt());
    }
  }

  private void requireFileSize(Command command) {
    OptionalLong most = box.maxFileSize();
    OptionalInt mib = command.maxFileSizeMib();
    if (mib.isPresent() && most.isPresent() && fileSizeBytes(command) > most.getAsLong()) {
      throw tooHigh(
          command,
          "maxFileSizeMib",
          mib.getAsInt(),
          "maxFileSize",
          most.getAsLong() + " bytes (" + SizeText.format(most.getAsLong()) + ")");
    }
  }

  private void requireCpuTime(Command command) {
    Duration asked = command.cpuTime().orElse(Duration.ZERO);
    if (box.maxCpuTime().filter(most -> asked.compareTo(most) > 0).isPresent()) {
      throw tooHigh(
          command,
          "cpuTime",
          DurationText.format(asked),
          "maxCpuTime",
          DurationText.format(box.maxCpuTime().get()));
    }
  }

  private static IllegalArgumentException tooHigh(
      Command command, String name, Object asked, String bound, Object most) {
    return new IllegalArgumentException(
        name
            + " of `"
            + command
            + "` is "
            + asked
            + ", but "
            + bound
            + " of its box's security options is "
            + most
            + "; lower the command's limit, or create the box with a higher one");
  }
}
