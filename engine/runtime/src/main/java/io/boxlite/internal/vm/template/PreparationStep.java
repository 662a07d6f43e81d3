package io.boxlite.internal.vm.template;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.PreparedFile;
import io.boxlite.internal.guest.proto.ExecStart;

/** What brings a machine into the state that is saved. */
public sealed interface PreparationStep {
  /**
   * A file or directory that is put into the machine.
   *
   * @param file the file, with its content's digest
   */
  record Put(PreparedFile file) implements PreparationStep {}

  /**
   * A command that runs in the machine.
   *
   * @param start the command as the guest takes it
   * @param stdin its whole standard input; empty when it has none
   */
  record Run(ExecStart start, ByteString stdin) implements PreparationStep {}
}
