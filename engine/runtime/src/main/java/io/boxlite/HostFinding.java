package io.boxlite;

import java.util.Locale;

/**
 * A fact or a problem of a machine; see {@link HostInfo#findings()}.
 *
 * @param severity whether the finding keeps boxes from starting
 * @param subject a short word for the subject, such as {@code QEMU}
 * @param message the fact, or the problem and how to fix it
 */
public record HostFinding(Severity severity, String subject, String message) {
  /** How serious a finding is. */
  public enum Severity {
    /** The finding is a fact for information. */
    INFO,

    /** The finding keeps boxes from starting. */
    PROBLEM
  }

  /** Returns one line of text: the subject, padded to a fixed width, and the message. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%-12s %s", subject, message);
  }
}
