package io.boxlite.internal.image;

import io.boxlite.internal.image.source.ConfigFile;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of an image for running programs (OCI image specification 1.1, config.md).
 *
 * @param environment the environment variables, in the image's order
 * @param workingDir the working directory, an absolute path
 * @param user the user, as in the image: {@code user}, {@code uid}, {@code user:group} …
 * @param entrypoint the entry point; empty when there is none
 * @param cmd the default arguments, or the default command if there is no entry point
 * @param volumes the absolute paths of the image's volumes, in its order; the directories need not
 *     exist
 * @param stopSignal the signal that asks a program of the image to end, as in the image: {@code
 *     SIGQUIT}, {@code QUIT}, {@code 3} …
 */
public record ImageConfig(
    Map<String, String> environment,
    Optional<String> workingDir,
    Optional<String> user,
    List<String> entrypoint,
    List<String> cmd,
    List<String> volumes,
    Optional<String> stopSignal) {

  /** The configuration of an image without one, such as a plain root file system. */
  public static final ImageConfig EMPTY =
      new ImageConfig(
          Map.of(),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          List.of(),
          List.of(),
          Optional.empty());

  /** Copies the collections, preserving their order. */
  public ImageConfig {
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    volumes = List.copyOf(volumes);
  }

  static ImageConfig of(ConfigFile file) {
    ConfigFile.Execution config = file.config();
    return new ImageConfig(
        environment(config.env()),
        nonEmpty(config.workingDir()).map(ImageConfig::absolute),
        nonEmpty(config.user()),
        config.entrypoint() == null ? List.of() : config.entrypoint(),
        config.cmd() == null ? List.of() : config.cmd(),
        config.volumes() == null
            ? List.of()
            : config.volumes().keySet().stream().map(ImageConfig::absolute).toList(),
        nonEmpty(config.stopSignal()));
  }

  private static String absolute(String directory) {
    return directory.startsWith("/") ? directory : "/" + directory;
  }

  private static Optional<String> nonEmpty(@Nullable String text) {
    return Optional.ofNullable(text).filter(t -> !t.isEmpty());
  }

  /** Ignores entries that are not NAME=VALUE, as Docker does. */
  private static Map<String, String> environment(@Nullable List<String> env) {
    Map<String, String> variables = new LinkedHashMap<>();
    if (env != null) {
      for (String variable : env) {
        int equals = variable.indexOf('=');
        if (equals > 0) {
          variables.put(variable.substring(0, equals), variable.substring(equals + 1));
        }
      }
    }
    return variables;
  }
}
