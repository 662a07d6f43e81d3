package io.boxlite;

import java.nio.file.Path;

/**
 * A named volume.
 *
 * @param name its name
 * @param directory the directory with its files
 * @param bytes the space that its files take on the disk, in bytes
 * @param inUse whether a box, of this or another JVM, has it now
 */
public record VolumeInfo(String name, Path directory, long bytes, boolean inUse) {}
