package io.boxlite.maven;

import io.boxlite.FileAttributes;
import java.nio.file.Path;

/**
 * A file or directory that is copied into the box of a check.
 *
 * @param source its path on the host
 * @param target its absolute path in the box
 * @param attributes its owner and mode in the box
 */
record FileCopy(Path source, String target, FileAttributes attributes) {}
