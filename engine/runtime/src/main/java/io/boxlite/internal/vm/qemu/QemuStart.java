package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.MemoryFile;
import io.boxlite.internal.vm.machine.BoxDirectory;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is needed to start a QEMU.
 *
 * @param directory the box's directory, in which it runs
 * @param launcher starts its process
 * @param argv its program and arguments
 * @param input its standard input
 * @param networkCard whether it has a network card
 * @param writable the files in the directory that it writes to
 * @param memory the file that is its standard input and holds the guest's memory, of a machine that
 *     can be saved; null for others
 * @param state the directory of the saved state that it continues from; null when it boots
 */
record QemuStart(
    BoxDirectory directory,
    QemuLauncher launcher,
    List<String> argv,
    Path input,
    boolean networkCard,
    List<Path> writable,
    @Nullable MemoryFile memory,
    @Nullable Path state) {}
