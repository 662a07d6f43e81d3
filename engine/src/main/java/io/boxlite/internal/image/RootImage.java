package io.boxlite.internal.image;

import java.nio.file.Path;

/**
 * A read-only root file system, ready to be given to a box.
 *
 * @param file the EROFS image; it stays as it is for as long as the home folder exists
 * @param digest what it was made from ({@code sha256:…}): the digest of the image's manifest, of
 *     its configuration for a docker archive, or of the archive's bytes for a plain root file
 *     system
 * @param config what the image says about the programs to run in it
 */
public record RootImage(Path file, String digest, ImageConfig config) {}
