package io.boxlite.internal.vm.template;

import com.google.protobuf.ByteString;
import io.boxlite.Wait;
import io.boxlite.internal.guest.PreparedFile;
import io.boxlite.internal.guest.proto.ExecStart;
import java.util.List;
import java.util.Optional;

/** A step that brings a machine into the state to be saved. */
public sealed interface PreparationStep {
  /**
   * A file or directory to copy into the machine.
   *
   * @param file the file, with its content's digest
   */
  record Put(PreparedFile file) implements PreparationStep {}

  /**
   * A command to run in the machine.
   *
   * @param start the command, as it is sent to the guest
   * @param stdin its whole standard input; empty when it has none
   */
  record Run(ExecStart start, ByteString stdin) implements PreparationStep {}

  /**
   * A main command to start, and what to wait for.
   *
   * @param main the main command, as it is sent to the guest; empty when there is none
   * @param checks what must hold, in this order
   */
  record Serve(Optional<ExecStart> main, List<Check> checks) implements PreparationStep {
    /** Copies the list. */
    public Serve {
      checks = List.copyOf(checks);
    }
  }

  /**
   * Something to wait for.
   *
   * @param condition what must hold
   * @param exec the command of a {@link Wait.Exec}, as it is sent to the guest; otherwise empty
   */
  record Check(Wait condition, Optional<ExecStart> exec) {}
}
