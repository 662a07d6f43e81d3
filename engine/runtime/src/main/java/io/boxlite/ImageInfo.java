package io.boxlite;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image: what it consists of, and what it says about the programs to run in it.
 *
 * @param reference what it was asked for by, names in full: {@code python:slim}
 * @param digest {@code sha256:…} of its manifest; of its configuration for a {@code
 *     docker-archive:}, of the file for a {@code rootfs:}
 * @param layers the digests of its layers as they are stored, from the lowest up; those of a {@code
 *     docker-archive:} once decompressed
 * @param sizeBytes of all layers together as they are stored
 * @param environment the variables it sets, in its order
 * @param workingDir the directory its programs start in
 * @param user whom they run as, in the image's words: {@code user}, {@code uid}, {@code user:group}
 * @param entrypoint the command's first words; empty when there is none
 * @param cmd the default arguments, or the default command where there is no entry point
 */
public record ImageInfo(
    String reference,
    String digest,
    List<String> layers,
    long sizeBytes,
    Map<String, String> environment,
    Optional<String> workingDir,
    Optional<String> user,
    List<String> entrypoint,
    List<String> cmd) {

  /** Takes copies, which keep their order. */
  public ImageInfo {
    layers = List.copyOf(layers);
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
  }
}
