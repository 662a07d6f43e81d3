package io.boxlite.internal.vm.machine;

import io.boxlite.IsolationReport.Namespace;
import io.boxlite.IsolationReport.ResourceControl;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How a machine's process is isolated from the host.
 *
 * @param namespaces the namespaces that it has of its own; empty without a jail
 * @param uid the id of its user on the host
 * @param visible the files and directories that it sees, with its access to them; empty without a
 *     jail, when it sees everything that the user may see
 * @param systemCalls the number of system calls that it may use; empty when it may use all
 * @param control what limits its use of resources
 * @param limits the limits as text, such as {@code memory 768 MiB}
 * @param improvements what would isolate it more strongly, in sentences
 */
public record ProcessIsolation(
    Set<Namespace> namespaces,
    long uid,
    List<String> visible,
    OptionalInt systemCalls,
    ResourceControl control,
    List<String> limits,
    List<String> improvements) {
  /** Copies the collections. */
  public ProcessIsolation {
    namespaces = Set.copyOf(namespaces);
    visible = List.copyOf(visible);
    limits = List.copyOf(limits);
    improvements = List.copyOf(improvements);
  }

  /** Returns the isolation of a process that nothing confines. */
  public static ProcessIsolation none(long uid) {
    return new ProcessIsolation(
        Set.of(), uid, List.of(), OptionalInt.empty(), ResourceControl.NONE, List.of(), List.of());
  }
}
