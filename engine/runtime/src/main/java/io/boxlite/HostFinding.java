package io.boxlite;

import java.util.Locale;

/**
 * One thing that was found out about a machine; see {@link HostInfo#findings()}.
 *
 * @param severity whether it keeps boxes from starting
 * @param subject a short word for what it is about, such as {@code QEMU}
 * @param message what was found; for a problem also how to fix it
 */
public record HostFinding(Severity severity, String subject, String message) {
  /** How serious a finding is. */
  public enum Severity {
    /** A fact. */
    INFO,

    /** It keeps boxes from starting. */
    PROBLEM
  }

  /** Returns the line for a person: the subject, padded to a column, and the message. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%-12s %s", subject, message);
  }
}
