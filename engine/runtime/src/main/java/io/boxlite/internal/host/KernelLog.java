package io.boxlite.internal.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.util.List;
import java.util.Optional;

/** The kernel's ring buffer of messages (syslog(2)). */
public final class KernelLog {
  private static final int SYSLOG_ACTION_READ_ALL = 3;

  /** The end of the log that is read. The largest common buffer is as large. */
  private static final int MOST_BYTES = 1 << 20;

  private KernelLog() {}

  /** Returns the last lines, at most 1 MiB; empty if this process may not read them. */
  public static Optional<List<String>> read() {
    try (Memory buffer = new Memory(MOST_BYTES)) {
      int length = LibC.get().klogctl(SYSLOG_ACTION_READ_ALL, buffer, MOST_BYTES);
      return Optional.of(new String(buffer.getByteArray(0, length), ISO_8859_1).lines().toList());
    } catch (LastErrorException e) {
      return Optional.empty();
    }
  }
}
