package io.boxlite.internal.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an image says about the programs to run in it (OCI image specification 1.1, config.md).
 *
 * @param environment variables in the image's order; empty when it sets none
 * @param workingDir the folder to start in, absolute
 * @param user whom to run as, in the image's words: {@code user}, {@code uid}, {@code user:group} …
 * @param entrypoint the command's first words; empty when there is none
 * @param cmd the default arguments, or the default command where there is no entry point
 */
public record ImageConfig(
    Map<String, String> environment,
    Optional<String> workingDir,
    Optional<String> user,
    List<String> entrypoint,
    List<String> cmd) {

  /** The configuration of an image that has none, such as a plain root file system. */
  public static final ImageConfig EMPTY =
      new ImageConfig(Map.of(), Optional.empty(), Optional.empty(), List.of(), List.of());

  /** Takes copies, which keep their order. */
  public ImageConfig {
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
  }
}
