package io.boxlite.internal.vm;

import com.google.protobuf.ByteString;
import io.boxlite.BoxStartException;
import io.boxlite.Command;
import io.boxlite.Wait;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.BoxLoss;
import io.boxlite.internal.guest.GuestExit;
import io.boxlite.internal.guest.GuestMain;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.vm.template.PreparationStep;
import io.boxlite.internal.vm.template.PreparationStep.Check;
import io.boxlite.internal.vm.template.PreparationStep.Serve;
import io.boxlite.text.DurationText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the main command of a machine, and waits until the machine is ready. */
final class ServiceStart implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServiceStart.class);

  /** An attempt that took so long tells something, even if it was given up. */
  private static final long TELLING_NANOS = 1_000_000_000;

  private static final Duration EXERCISE = Duration.ofSeconds(5);

  private final AgentClient agent;
  private final long beginNanos = System.nanoTime();
  private final List<Probe> probes = new ArrayList<>();
  private final @Nullable String command;
  private final @Nullable GuestMain main;

  private ServiceStart(AgentClient agent, Serve step) {
    this.agent = agent;
    for (Check check : step.checks()) {
      probes.add(Probe.of(check, agent));
    }
    command = step.main().map(ServiceStart::commandLine).orElse(null);
    main = step.main().map(start -> GuestMain.follow(agent, start, this::receive)).orElse(null);
  }

  /**
   * Starts the main command, if there is one, and returns when all checks hold.
   *
   * @throws BoxStartException when one does not hold in time, or the main command ends before; the
   *     message has the last answer and the end of the command's output
   */
  static void run(AgentClient agent, Serve step) throws InterruptedException {
    step.main()
        .ifPresent(
            start -> {
              log.info("starting: {}", commandLine(start));
              GuestMain.start(agent, start);
            });
    if (!step.checks().isEmpty()) {
      try (ServiceStart waiting = new ServiceStart(agent, step)) {
        waiting.await();
      }
    }
  }

  /**
   * Asks once for everything that made a restored machine ready. An emulator translates the code
   * that serves a request when it first runs; the answers do not matter.
   */
  static void exercise(AgentClient agent, List<PreparationStep> steps, Deadline deadline)
      throws InterruptedException {
    for (PreparationStep step : steps) {
      if (step instanceof Serve serve) {
        for (Check check : serve.checks()) {
          Duration left = deadline.left();
          Probe.of(check, agent).ask(left.compareTo(EXERCISE) < 0 ? left : EXERCISE);
        }
      }
    }
  }

  private static String commandLine(ExecStart start) {
    return Command.of(start.getArgvList().toArray(String[]::new)).toString();
  }

  private void receive(GuestMain.Stream stream, ByteString bytes) {
    probes.forEach(probe -> probe.receive(stream, bytes));
  }

  private void await() throws InterruptedException {
    for (Probe probe : probes) {
      await(probe);
      log.info(
          "{} holds after {}", probe.condition(), DurationText.format(Duration.ofNanos(elapsed())));
    }
    failIfEnded("the waits are over");
  }

  private void await(Probe probe) throws InterruptedException {
    Wait wait = probe.condition();
    long timeout = wait.timeout().toNanos();
    Duration pause = probe.firstPause();
    @Nullable String last = null;
    while (true) {
      long asked = elapsed();
      Optional<String> answer = probe.ask(Duration.ofNanos(Math.max(timeout - asked, 1)));
      if (answer.isEmpty()) {
        return;
      }
      // An attempt that the timeout has cut short says less than the one before.
      boolean late = elapsed() >= timeout;
      if (!late || last == null || elapsed() - asked >= TELLING_NANOS) {
        last = answer.get();
      }
      agent
          .loss()
          .ifPresent(
              loss -> {
                throw loss.exception();
              });
      failIfEnded("\"" + wait + "\" held");
      if (late) {
        throw notReady(
            "\""
                + wait
                + "\" did not hold within "
                + DurationText.format(wait.timeout())
                + "; the last answer: "
                + last
                + (command == null ? "" : "; the main command `" + command + "` is running"));
      }
      pause(pause);
      Duration longer = pause.multipliedBy(3).dividedBy(2);
      pause = longer.compareTo(probe.longestPause()) > 0 ? probe.longestPause() : longer;
    }
  }

  private long elapsed() {
    return System.nanoTime() - beginNanos;
  }

  /** Waits, but no longer than the main command runs. */
  private void pause(Duration pause) throws InterruptedException {
    if (main == null) {
      Thread.sleep(pause.toMillis());
      return;
    }
    try {
      main.onEnd().get(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      // It is still running.
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of a main command is never an exception", e);
    }
  }

  private void failIfEnded(String before) {
    GuestExit exit = main == null ? null : main.onEnd().getNow(null);
    if (exit != null) {
      exit.loss().map(BoxLoss::exception).ifPresent(ServiceStart::rethrow);
      throw notReady(
          "the main command `"
              + command
              + "` ended with "
              + exit.outcome()
              + " and exit code "
              + exit.exitCode()
              + " before "
              + before);
    }
  }

  private static void rethrow(RuntimeException e) {
    throw e;
  }

  private BoxStartException notReady(String why) {
    String tails =
        main == null
            ? ""
            : Preparation.tail("standard output", main.output(GuestMain.Stream.STDOUT))
                + Preparation.tail("standard error", main.output(GuestMain.Stream.STDERR));
    return new BoxStartException("the box is not ready: " + why + tails, "", null);
  }

  /** Follows the main command no longer. */
  @Override
  public void close() {
    if (main != null) {
      main.close();
    }
  }
}
