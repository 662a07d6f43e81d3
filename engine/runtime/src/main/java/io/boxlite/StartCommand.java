package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The main command of a box: that of its image, or another one. See {@link
 * BoxOptions.Builder#startCommand(Command)}.
 *
 * <p>As text: {@code image}, or a program and its arguments, one text each.
 */
public final class StartCommand {
  private static final String IMAGE = "image";
  private static final StartCommand OF_IMAGE = new StartCommand(null);

  private final @Nullable Command command;

  private StartCommand(@Nullable Command command) {
    this.command = command;
  }

  /** Returns the main command that consists of the image's entrypoint and command. */
  public static StartCommand ofImage() {
    return OF_IMAGE;
  }

  /**
   * Returns a main command. Its limits of wall-clock time and output do not apply.
   *
   * @throws IllegalArgumentException if it has a terminal, or a standard input other than a file of
   *     the box
   */
  public static StartCommand of(Command command) {
    if (command.hasStdin()) {
      throw new IllegalArgumentException(
          "startCommand is `"
              + command
              + "`, which has a standard input; use stdinFile() and a file of the box");
    }
    if (command.tty().isPresent()) {
      throw new IllegalArgumentException(
          "startCommand is `" + command + "`, which has a terminal; remove tty()");
    }
    return new StartCommand(command);
  }

  /**
   * Reads the text form.
   *
   * @param texts {@code image} alone for the image's command; otherwise the program and its
   *     arguments. A program of that name can be given with its path
   * @throws IllegalArgumentException if there is no program, or it is {@code image} with arguments
   */
  public static StartCommand parse(List<String> texts) {
    if (texts.equals(List.of(IMAGE))) {
      return ofImage();
    }
    if (!texts.isEmpty() && texts.get(0).equals(IMAGE)) {
      throw new IllegalArgumentException(
          "startCommand is "
              + Arguments.shown(texts.toString())
              + "; \"image\" means the command of the image and takes no arguments; give the path"
              + " of a program of that name");
    }
    if (texts.isEmpty() || texts.get(0).isBlank()) {
      throw new IllegalArgumentException(
          "startCommand is "
              + Arguments.shown(texts.toString())
              + "; it must be \"image\", or a program and its arguments");
    }
    return of(Command.of(texts.toArray(String[]::new)));
  }

  /** Returns the command; empty for that of the image. */
  public Optional<Command> command() {
    return Optional.ofNullable(command);
  }

  /** Compares the commands. */
  @Override
  public boolean equals(Object other) {
    return other instanceof StartCommand start && Objects.equals(command, start.command);
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(command);
  }

  /** Returns {@code image}, or the command line. */
  @Override
  public String toString() {
    return command == null ? IMAGE : command.toString();
  }
}
