package io.boxlite.internal.vm.machine;

import java.util.List;
import java.util.OptionalInt;

/**
 * How a machine's process is isolated from the host.
 *
 * @param namespaces the namespaces that it has of its own (namespaces(7)); empty without a jail
 * @param uid the id of its user on the host
 * @param visible the files and directories that it sees, with its access to them; empty without a
 *     jail, when it sees everything that the user may see
 * @param systemCalls the number of system calls that it may use; empty when it may use all
 * @param resources what limits its use of resources, such as {@code cgroup v2: memory 768 MiB}
 */
public record ProcessIsolation(
    List<String> namespaces,
    long uid,
    List<String> visible,
    OptionalInt systemCalls,
    String resources) {
  /** Copies the lists. */
  public ProcessIsolation {
    namespaces = List.copyOf(namespaces);
    visible = List.copyOf(visible);
  }
}
