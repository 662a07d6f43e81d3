package io.boxlite.internal.box;

import io.boxlite.BoxOptions;
import io.boxlite.Command;
import io.boxlite.StartCommand;
import io.boxlite.Wait;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestMain;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.image.ImageConfig;
import io.boxlite.internal.vm.template.PreparationStep;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The main command of a box, how it is asked to end, and what to wait for.
 *
 * @param command the main command with the limits of the box; empty if there is none
 * @param main the main command, as it is sent to the guest
 * @param stopSignal asks the main command to end, as in an image
 * @param checks what to wait for
 */
record ServicePlan(
    Optional<Command> command,
    Optional<ExecStart> main,
    String stopSignal,
    List<PreparationStep.Check> checks) {

  /**
   * Plans the main command of a box.
   *
   * @throws IllegalArgumentException if it is that of the image, which has none
   */
  static ServicePlan of(BoxOptions options, ImageConfig image) {
    CommandDefaults defaults = new CommandDefaults(image, options);
    Optional<Command> command =
        options.startCommand().map(start -> command(start, options, image)).map(defaults::limited);
    return new ServicePlan(
        command,
        command.map(main -> unbounded(defaults.complete(main, false))),
        image.stopSignal().orElse("SIGTERM"),
        options.waitFor().stream().map(wait -> check(wait, defaults)).toList());
  }

  private static Command command(StartCommand start, BoxOptions options, ImageConfig image) {
    return start
        .command()
        .orElseGet(
            () -> {
              String[] argv =
                  Stream.concat(image.entrypoint().stream(), image.cmd().stream())
                      .toArray(String[]::new);
              if (argv.length == 0) {
                throw new IllegalArgumentException(
                    "startCommand is that of the image, but "
                        + options.image().map(name -> "image " + name).orElse("the built-in image")
                        + " has neither an entrypoint nor a command; name one with"
                        + " startCommand(Command)");
              }
              return Command.of(argv);
            });
  }

  /** A main command may run and write as long as its box lives. */
  private static ExecStart unbounded(ExecStart start) {
    return start.toBuilder()
        .clearWallTimeNanos()
        .clearMaxOutputBytes()
        .clearDropExcessOutput()
        .build();
  }

  private static PreparationStep.Check check(Wait wait, CommandDefaults defaults) {
    Optional<ExecStart> exec =
        wait instanceof Wait.Exec of
            ? Optional.of(defaults.complete(of.command(), false))
            : Optional.empty();
    return new PreparationStep.Check(wait, exec);
  }

  /** Returns the step of the preparation that starts and waits; empty if there is nothing to do. */
  Optional<PreparationStep> step() {
    return main.isEmpty() && checks.isEmpty()
        ? Optional.empty()
        : Optional.of(new PreparationStep.Serve(main, checks));
  }

  /** Follows the main command of a guest that was prepared by {@link #step()}. */
  Optional<LocalMainCommand> follow(AgentClient agent) {
    return command.map(
        known ->
            new LocalMainCommand(known, GuestMain.follow(agent, main.orElseThrow()), stopSignal));
  }
}
