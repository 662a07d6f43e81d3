package io.boxlite.internal.vm.template;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.PreparedFile;
import io.boxlite.internal.guest.proto.ExecStart;

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
}
