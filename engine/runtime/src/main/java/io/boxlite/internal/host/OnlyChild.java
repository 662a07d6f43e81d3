package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** The only child of a process of this JVM, which the process starts soon after its own start. */
final class OnlyChild {
  private final Process parent;
  private volatile Optional<ProcessHandle> found = Optional.empty();

  OnlyChild(Process parent) {
    this.parent = parent;
  }

  /** Returns its process id; empty when it has not been started yet. */
  OptionalLong pid() {
    return find().map(child -> OptionalLong.of(child.pid())).orElse(OptionalLong.empty());
  }

  /** Kills it; returns false when it has not been started yet, or has ended. */
  boolean kill() {
    return find().map(ProcessHandle::destroyForcibly).orElse(false);
  }

  private Optional<ProcessHandle> find() {
    if (found.isEmpty()) {
      found = search();
    }
    return found;
  }

  private Optional<ProcessHandle> search() {
    String pid = Long.toString(parent.pid());
    try {
      // Needs CONFIG_PROC_CHILDREN (proc(5)).
      String children = Files.readString(Path.of("/proc", pid, "task", pid, "children")).strip();
      return children.isEmpty()
          ? Optional.empty()
          : ProcessHandle.of(Long.parseLong(children.split(" ", -1)[0]));
    } catch (IOException e) {
      return parent.children().findFirst(); // reads all of /proc
    }
  }
}
