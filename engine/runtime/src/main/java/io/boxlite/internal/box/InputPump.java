package io.boxlite.internal.box;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies a stream to a program's standard input on its own thread, since either may block. */
final class InputPump implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(InputPump.class);
  private static final int CHUNK = 64 << 10;

  private final String exec;
  private final InputStream from;
  private final OutputStream to;
  private final Thread thread;

  private InputPump(String exec, InputStream from, OutputStream to) {
    this.exec = exec;
    this.from = from;
    this.to = to;
    thread = new Thread(this::pump, "boxlite-" + exec + "-stdin");
    thread.setDaemon(true);
  }

  static InputPump start(String exec, InputStream from, OutputStream to) {
    InputPump pump = new InputPump(exec, from, to);
    pump.thread.start();
    return pump;
  }

  /** Stops copying, since the program has ended. */
  @Override
  public void close() {
    thread.interrupt();
    closeSource();
  }

  private void pump() {
    byte[] buffer = new byte[CHUNK];
    try (to) {
      for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
        to.write(buffer, 0, count);
        to.flush();
      }
    } catch (IOException e) {
      // A program need not read its input to the end. A source that fails is an end of file for it.
      log.debug("the input of {} ended early", exec, e);
    } catch (RuntimeException e) {
      log.warn("the source of the input of {} failed", exec, e);
    } finally {
      closeSource();
    }
  }

  private void closeSource() {
    try {
      from.close();
    } catch (IOException e) {
      log.debug("closing the source of the input of {} failed", exec, e);
    }
  }
}
