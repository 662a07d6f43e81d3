package io.boxlite.internal.vm;

import com.google.protobuf.ByteString;
import io.boxlite.Wait;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestExec;
import io.boxlite.internal.guest.GuestExit;
import io.boxlite.internal.guest.GuestMain;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.vm.template.PreparationStep.Check;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a machine whether something holds that its user waits for. */
interface Probe {
  /** Returns what must hold. */
  Wait condition();

  /**
   * Asks once.
   *
   * @param most how long the answer may take
   * @return empty if it holds; otherwise the answer, for a message
   */
  Optional<String> ask(Duration most) throws InterruptedException;

  /** Takes the output of the main command. */
  default void receive(GuestMain.Stream stream, ByteString bytes) {}

  /** How long to wait after the first answer. */
  default Duration firstPause() {
    return Duration.ofMillis(5);
  }

  /** How long to wait at most between two answers. */
  default Duration longestPause() {
    return Duration.ofMillis(100);
  }

  /** Returns the probe for a check. */
  static Probe of(Check check, AgentClient agent) {
    Wait wait = check.condition();
    if (wait instanceof Wait.Port port) {
      return new PortProbe(port, agent);
    }
    if (wait instanceof Wait.Http http) {
      return new HttpProbe(http, agent);
    }
    if (wait instanceof Wait.Output output) {
      return new OfOutput(output);
    }
    return new OfExec(wait, check.exec().orElseThrow(), agent);
  }

  /** Whether the main command has written a text. */
  final class OfOutput implements Probe {
    private final Wait.Output wait;
    private final OutputMatch[] matches;

    OfOutput(Wait.Output wait) {
      this.wait = wait;
      matches = new OutputMatch[] {new OutputMatch(wait.text()), new OutputMatch(wait.text())};
    }

    @Override
    public Wait condition() {
      return wait;
    }

    @Override
    public Optional<String> ask(Duration most) {
      int count = matches[0].count() + matches[1].count();
      return count >= wait.times()
          ? Optional.empty()
          : Optional.of(
              count == 0 ? "the text was not written" : "the text was written " + count + " times");
    }

    @Override
    public void receive(GuestMain.Stream stream, ByteString bytes) {
      matches[stream.ordinal()].add(bytes);
    }

    /** Asking costs the guest nothing. */
    @Override
    public Duration longestPause() {
      return firstPause();
    }
  }

  /**
   * Whether a command exits with 0. A process costs far more than a connection, so it is asked less
   * often.
   */
  record OfExec(Wait condition, ExecStart start, AgentClient agent) implements Probe {
    private static final int TAIL_BYTES = 400;

    @Override
    public Optional<String> ask(Duration most) throws InterruptedException {
      try (GuestExec exec = agent.exec(start)) {
        exec.stdout().keep(TAIL_BYTES);
        exec.stderr().keep(TAIL_BYTES);
        GuestExit exit = exec.onEnd().get(most.toNanos(), TimeUnit.NANOSECONDS);
        return exit.exitCode() == 0
            ? Optional.empty()
            : Optional.of(
                exit.outcome()
                    + " with exit code "
                    + exit.exitCode()
                    + said(exec.stdout().takeAll())
                    + said(exec.stderr().takeAll()));
      } catch (TimeoutException e) {
        return Optional.of("the command was still running");
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IllegalArgumentException wrong) {
          throw new IllegalArgumentException(
              "the box cannot be waited for with \"" + condition + "\": " + wrong.getMessage(),
              wrong);
        }
        return Optional.of(String.valueOf(e.getCause()));
      }
    }

    private static String said(byte[] bytes) {
      String text = new String(bytes, StandardCharsets.UTF_8).strip();
      return text.isEmpty() ? "" : ", saying: " + text;
    }

    @Override
    public Duration firstPause() {
      return Duration.ofMillis(20);
    }

    @Override
    public Duration longestPause() {
      return Duration.ofMillis(500);
    }
  }
}
