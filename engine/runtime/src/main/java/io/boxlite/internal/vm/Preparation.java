package io.boxlite.internal.vm;

import io.boxlite.BoxLostException;
import io.boxlite.BoxStartException;
import io.boxlite.BoxliteException;
import io.boxlite.Command;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestExec;
import io.boxlite.internal.guest.GuestExit;
import io.boxlite.internal.guest.PreparedFile;
import io.boxlite.internal.vm.template.PreparationStep;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a machine into the state to be saved, by copying files into it, running commands, and
 * starting its main command.
 */
final class Preparation {
  private static final Logger log = LoggerFactory.getLogger(Preparation.class);
  private static final int TAIL = 2000;

  /** A character of UTF-8 has at most four bytes. */
  private static final long KEPT_BYTES = 4 * TAIL;

  private Preparation() {}

  /**
   * Runs the steps one after the other.
   *
   * @throws BoxStartException when a file cannot be copied into the machine, or has changed since
   *     its digest was computed; or when a command does not exit with 0: the message has the
   *     command, its outcome and the end of its output
   */
  static void run(AgentClient agent, List<PreparationStep> steps) throws InterruptedException {
    for (PreparationStep step : steps) {
      if (step instanceof PreparationStep.Put put) {
        put(agent, put.file());
      } else if (step instanceof PreparationStep.Run run) {
        run(agent, run);
      } else if (step instanceof PreparationStep.Serve serve) {
        ServiceStart.run(agent, serve);
      }
    }
  }

  private static void put(AgentClient agent, PreparedFile file) {
    log.info("preparing: {}", file.file());
    try {
      agent.files().put(file.file());
      if (!file.isUnchanged()) {
        throw new BoxStartException(
            "the box cannot be prepared: "
                + file.file().source().orElseThrow()
                + " changed while it was copied into the box; start the box again",
            "",
            null);
      }
    } catch (BoxLostException | BoxStartException e) {
      throw e;
    } catch (BoxliteException e) {
      throw new BoxStartException("the box cannot be prepared: " + e.getMessage(), "", e);
    }
  }

  private static void run(AgentClient agent, PreparationStep.Run step) throws InterruptedException {
    String command = Command.of(step.start().getArgvList().toArray(String[]::new)).toString();
    log.info("preparing: {}", command);
    try (GuestExec exec = agent.exec(step.start())) {
      exec.stdout().keep(KEPT_BYTES);
      exec.stderr().keep(KEPT_BYTES);
      feed(exec, step);
      GuestExit exit = exec.onEnd().get();
      if (exit.exitCode() != 0) {
        throw new BoxStartException(
            "the box cannot be prepared: `"
                + command
                + "` ended with "
                + exit.outcome()
                + " and exit code "
                + exit.exitCode()
                + tail("standard output", exec.stdout().takeAll())
                + tail("standard error", exec.stderr().takeAll()),
            "",
            null);
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw new IllegalArgumentException(
            "the box cannot be prepared by `" + command + "`: " + wrong.getMessage(), wrong);
      }
      if (e.getCause() instanceof BoxLostException lost) {
        throw lost;
      }
      throw new BoxliteException("the box cannot be prepared by `" + command + "`", e.getCause());
    }
  }

  /** Writes the standard input, which the program need not read. */
  private static void feed(GuestExec exec, PreparationStep.Run step) {
    if (step.start().getStdinOpen()) {
      try (OutputStream stdin = exec.stdin()) {
        step.stdin().writeTo(stdin);
      } catch (IOException e) {
        log.debug("a command of the preparation did not read its whole input", e);
      }
    }
  }

  static String tail(String stream, byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8).strip();
    if (text.isEmpty()) {
      return "";
    }
    String end = text.length() <= TAIL ? text : "…" + text.substring(text.length() - TAIL);
    return "; its " + stream + " ends:\n" + end;
  }
}
