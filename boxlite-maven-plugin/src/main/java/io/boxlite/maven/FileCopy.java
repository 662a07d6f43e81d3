package io.boxlite.maven;

import io.boxlite.FileAttributes;
import java.nio.file.Path;

/**
 * A file or directory that a check finds in its box.
 *
 * @param source where it is on this machine
 * @param target where it is in the box, absolute
 * @param attributes whose it is there, and its mode
 */
record FileCopy(Path source, String target, FileAttributes attributes) {}
