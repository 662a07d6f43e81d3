package io.boxlite.internal.box;

import io.boxlite.BoxliteException;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.MainCommand;
import io.boxlite.internal.check.Arguments;
import io.boxlite.internal.guest.BoxLoss;
import io.boxlite.internal.guest.GuestExit;
import io.boxlite.internal.guest.GuestMain;
import io.boxlite.internal.guest.GuestMain.Stream;
import io.boxlite.internal.host.Deadline;
import io.boxlite.text.DurationText;
import io.boxlite.text.VisibleText;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The main command of a {@link LocalBox}. */
final class LocalMainCommand implements MainCommand {
  /** How long a guest may take to send the output that it has kept. */
  private static final long CATCH_UP_SECONDS = 30;

  private static final int MOST_SIGNAL = 64; // signal(7), SIGRTMAX

  private static final Logger log = LoggerFactory.getLogger(LocalMainCommand.class);

  private final Command command;
  private final GuestMain main;
  private final String stopSignal;

  /**
   * Creates the main command.
   *
   * @param stopSignal asks it to end, as in an image
   */
  LocalMainCommand(Command command, GuestMain main, String stopSignal) {
    this.command = command;
    this.main = main;
    this.stopSignal = stopSignal;
  }

  @Override
  public Command command() {
    return command;
  }

  @Override
  public boolean isRunning() {
    return result().isEmpty();
  }

  @Override
  public Optional<ExecResult> result() {
    awaitCaughtUp();
    return Optional.ofNullable(main.onEnd().getNow(null)).map(this::result);
  }

  @Override
  public CompletableFuture<ExecResult> onExit() {
    return main.onEnd().thenApplyAsync(this::result);
  }

  @Override
  public String stdout() {
    return output(Stream.STDOUT);
  }

  @Override
  public String stderr() {
    return output(Stream.STDERR);
  }

  @Override
  public boolean stdoutTruncated() {
    awaitCaughtUp();
    return main.isTruncated(Stream.STDOUT);
  }

  @Override
  public boolean stderrTruncated() {
    awaitCaughtUp();
    return main.isTruncated(Stream.STDERR);
  }

  @Override
  public InputStream followStdout() {
    return main.open(Stream.STDOUT);
  }

  @Override
  public InputStream followStderr() {
    return main.open(Stream.STDERR);
  }

  @Override
  public void signal(int signal) {
    Arguments.inRange("signal", signal, 1, MOST_SIGNAL);
    awaitCaughtUp();
    main.signal(signal);
  }

  /**
   * Asks it to end, and returns when it has ended or the grace is over. Returns early if the box is
   * lost, or the thread is interrupted; its interrupt status is then set.
   */
  void end(Duration grace) {
    Deadline deadline = Deadline.in(grace);
    try {
      main.onCaughtUp().get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
      main.signal(stopSignal());
      main.onEnd().get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      log.warn(
          "the {} did not end within {} of {}; killing it",
          this,
          DurationText.format(grace),
          VisibleText.of(Arguments.shown(stopSignal)));
    } catch (BoxliteException | ExecutionException e) {
      log.debug("the {} cannot be asked to end", this, e);
    }
  }

  /** As with containers, an image may name a signal that does not exist. */
  private int stopSignal() {
    return StopSignal.parse(stopSignal)
        .orElseGet(
            () -> {
              log.warn(
                  "the image's StopSignal is \"{}\", which is no signal; sending SIGTERM to the {}",
                  VisibleText.of(Arguments.shown(stopSignal)),
                  this);
              return StopSignal.TERM;
            });
  }

  @Override
  public String toString() {
    return "main command " + command;
  }

  private String output(Stream stream) {
    awaitCaughtUp();
    return new String(main.output(stream), StandardCharsets.UTF_8);
  }

  /** What the template had written is known a moment after the box has started. */
  private void awaitCaughtUp() {
    try {
      main.onCaughtUp().get(CATCH_UP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while asking for the " + this, e);
    } catch (ExecutionException | TimeoutException e) {
      throw new BoxliteException(
          "the guest did not report the state of the "
              + this
              + " within "
              + CATCH_UP_SECONDS
              + " s",
          e);
    }
  }

  private ExecResult result(GuestExit exit) {
    ExecResult.Builder ended =
        ExecResult.builder()
            .outcome(exit.outcome())
            .exitCode(exit.exitCode())
            .signal(exit.signal())
            .stdout(main.output(Stream.STDOUT))
            .stderr(main.output(Stream.STDERR))
            .stdoutTruncated(main.isTruncated(Stream.STDOUT))
            .stderrTruncated(main.isTruncated(Stream.STDERR))
            .wallTime(exit.wallTime())
            .cpuTime(exit.cpuTime())
            .stolenTime(exit.stolenTime())
            .peakMemoryBytes(exit.peakMemoryBytes())
            .command(command);
    exit.loss().map(BoxLoss::message).ifPresent(ended::loss);
    return ended.build();
  }
}
