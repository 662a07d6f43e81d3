package io.boxlite.maven;

import io.boxlite.BoxOptions;
import io.boxlite.Command;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A command to run in a new box, and its expected result.
 *
 * @param name its name, unique in the module
 * @param box the options of the box
 * @param files the files that are copied into the box before the command runs
 * @param command the command to run, with its limits
 * @param stdinFile the file for the standard input; empty if the command has its own
 * @param expected its expected result
 * @param fingerprint a hash of the check's configuration
 */
record Check(
    String name,
    BoxOptions box,
    List<FileCopy> files,
    Command command,
    Optional<Path> stdinFile,
    Expectations expected,
    String fingerprint) {}
