package io.boxlite.maven;

import io.boxlite.BoxOptions;
import io.boxlite.Command;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A command to run in a box of its own, and how it must end.
 *
 * @param name what the user calls it; no other check of the module has it
 * @param box what the box is made of
 * @param files what is copied into the box before the command runs
 * @param command what to run, and its limits
 * @param stdinFile the file to feed to standard input, unless the command has its input
 * @param expected how it must end
 * @param fingerprint tells a differently configured check of the same name
 */
record Check(
    String name,
    BoxOptions box,
    List<FileCopy> files,
    Command command,
    Optional<Path> stdinFile,
    Expectations expected,
    String fingerprint) {}
