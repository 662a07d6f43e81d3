package io.boxlite.internal.vm.template;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.proto.ExecStart;

/**
 * A command that brings a machine into the state that is saved.
 *
 * @param start the command as the guest takes it
 * @param stdin its whole standard input; empty when it has none
 */
public record PreparationStep(ExecStart start, ByteString stdin) {}
