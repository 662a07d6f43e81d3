package io.boxlite.internal.host.memory;

/**
 * Memory that one box has or waits for; a line of a {@link MemoryLedgerFile}.
 *
 * @param ticket the place in the queue; lower numbers came earlier
 * @param admitted whether the box has the memory; otherwise it waits for it
 * @param mib the amount in MiB
 * @param boxId the box's id
 * @param label the box's name or purpose; empty when there is none
 * @param jvm the process id of its JVM
 */
record MemoryClaim(long ticket, boolean admitted, int mib, String boxId, String label, long jvm) {
  private static final String NO_LABEL = "-";

  MemoryClaim asAdmitted() {
    return new MemoryClaim(ticket, true, mib, boxId, label, jvm);
  }

  MemoryClaim withLabel(String label) {
    return new MemoryClaim(ticket, admitted, mib, boxId, label, jvm);
  }

  String toLine() {
    return String.join(
        " ",
        Long.toString(ticket),
        admitted ? "has" : "waits",
        Integer.toString(mib),
        boxId,
        label.isEmpty() ? NO_LABEL : label);
  }

  static MemoryClaim ofLine(String line, long jvm) {
    String[] words = line.split(" ", 5);
    return new MemoryClaim(
        Long.parseLong(words[0]),
        words[1].equals("has"),
        Integer.parseInt(words[2]),
        words[3],
        words[4].equals(NO_LABEL) ? "" : words[4],
        jvm);
  }

  /** Returns the claim as text for a message. */
  String describe() {
    return mib
        + " MiB by box "
        + boxId
        + (label.isEmpty() ? "" : " (" + label + ")")
        + " of JVM "
        + jvm;
  }
}
