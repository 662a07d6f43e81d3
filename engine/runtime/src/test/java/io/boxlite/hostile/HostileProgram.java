package io.boxlite.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A program that means harm, how it is run, and what must come of it. Immutable: each method
 * returns a changed copy.
 */
final class HostileProgram {
  /** Where the programs in C are in a box. */
  static final String DIRECTORY = "/hostile/";

  /** Enough for others to run meanwhile. */
  private static final Duration LONGER = Duration.ofSeconds(2);

  private static final Duration SHORT = Duration.ofMillis(500);

  private final String name;
  private final Command command;
  private final Consumer<ExecResult> expectation;
  private final List<String> files;
  private final boolean besideOthers;

  private HostileProgram(
      String name,
      Command command,
      Consumer<ExecResult> expectation,
      List<String> files,
      boolean besideOthers) {
    this.name = name;
    this.command = command;
    this.expectation = expectation;
    this.files = files;
    this.besideOthers = besideOthers;
  }

  /** Returns a program of which nothing is expected yet. */
  static HostileProgram hostile(String name, Command command) {
    return new HostileProgram(name, command, result -> {}, List.of(), false);
  }

  /** Returns a command that runs a script. */
  static Command sh(String script) {
    return Command.of("sh", "-c", script);
  }

  /** Returns a command that runs a program of the test resources. */
  static Command c(String program, String... arguments) {
    return Command.of(DIRECTORY + program).withArguments(arguments);
  }

  /** It never ends by itself, so it is killed before long. */
  HostileProgram timesOut() {
    return limitedTo(limits -> limits.timeout(SHORT)).ends(Outcome.TIMED_OUT).isKilledBy(9);
  }

  /** It is killed when its time or its memory has run out, whichever is first. */
  HostileProgram runsOutOfTimeOrMemory() {
    return limitedTo(limits -> limits.timeout(SHORT))
        .ends(Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY)
        .isKilledBy(9);
  }

  /** It is killed before long unless it has ended by itself. */
  HostileProgram mayTimeOut() {
    return limitedTo(limits -> limits.timeout(SHORT)).ends(Outcome.TIMED_OUT, Outcome.EXITED);
  }

  HostileProgram runsOutOfMemory() {
    return ends(Outcome.OUT_OF_MEMORY).isKilledBy(9);
  }

  HostileProgram exceedsItsProcessorTime() {
    return ends(Outcome.CPU_TIME_EXCEEDED).isKilledBy(9);
  }

  HostileProgram exceedsItsOutput() {
    return ends(Outcome.OUTPUT_LIMIT_EXCEEDED).isKilledBy(9);
  }

  HostileProgram exits(int code) {
    return ends(Outcome.EXITED).and(result -> assertThat(result.exitCode()).isEqualTo(code));
  }

  HostileProgram ends(Outcome... outcomes) {
    return and(result -> assertThat(result.outcome()).isIn((Object[]) outcomes));
  }

  HostileProgram isKilledBy(int signal) {
    return and(result -> assertThat(result.signal()).isEqualTo(signal));
  }

  HostileProgram prints(String output) {
    return and(result -> assertThat(result.stdout()).isEqualTo(output));
  }

  HostileProgram complains(String message) {
    return and(result -> assertThat(result.stderr()).contains(message));
  }

  /**
   * It tries several things in vain. It prints a line for each with the reason why not, or {@code
   * DONE} if it worked, and {@code all tried} at the end.
   */
  HostileProgram achievesNothing() {
    return exits(0)
        .and(
            result ->
                assertThat(result.stdout().lines())
                    .hasSizeGreaterThan(1)
                    .noneMatch(line -> line.endsWith("DONE"))
                    .endsWith("all tried"));
  }

  HostileProgram and(Consumer<ExecResult> more) {
    return new HostileProgram(name, command, expectation.andThen(more), files, besideOthers);
  }

  /** It leaves these files, which stay until they are removed. */
  HostileProgram leaves(String... left) {
    return new HostileProgram(name, command, expectation, List.of(left), besideOthers);
  }

  /** It prints {@code begun} and goes on. Other commands run meanwhile, and must not notice. */
  HostileProgram besideOthers() {
    HostileProgram longer = limitedTo(limits -> limits.timeout(LONGER));
    return new HostileProgram(name, longer.command, expectation, files, true);
  }

  HostileProgram as(String user) {
    HostileProgram other = limitedTo(limits -> limits.user(user));
    return new HostileProgram(
        name + ", as " + user, other.command, expectation, files, besideOthers);
  }

  private HostileProgram limitedTo(UnaryOperator<Command> limits) {
    return new HostileProgram(name, limits.apply(command), expectation, files, besideOthers);
  }

  Command command() {
    return command;
  }

  /** Returns the files that it leaves. */
  List<String> files() {
    return files;
  }

  boolean runsBesideOthers() {
    return besideOthers;
  }

  /** Fails if the program did not come to what was expected. */
  void judge(ExecResult result) {
    assertThat(result).as("%s", result).satisfies(expectation::accept);
  }

  /** Returns the name, by which JUnit reports the program. */
  @Override
  public String toString() {
    return name;
  }
}
