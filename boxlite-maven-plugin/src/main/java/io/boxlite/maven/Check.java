package io.boxlite.maven;

import io.boxlite.BoxOptions;
import io.boxlite.Command;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A command to run in a box of its own, and its expected result.
 *
 * @param name its name, unique in the module
 * @param box what the box is made of
 * @param files what is copied into the box before the command runs
 * @param command what to run, and its limits
 * @param stdinFile the file of the standard input, unless the command has its input
 * @param expected its expected result
 * @param fingerprint changes with the configuration of the check
 */
record Check(
    String name,
    BoxOptions box,
    List<FileCopy> files,
    Command command,
    Optional<Path> stdinFile,
    Expectations expected,
    String fingerprint) {}
