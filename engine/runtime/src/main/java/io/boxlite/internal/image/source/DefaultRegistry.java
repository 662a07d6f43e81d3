package io.boxlite.internal.image.source;

import java.util.Set;

/**
 * The registry of names without a host, Docker Hub; its names as Docker has them
 * (github.com/distribution/reference, normalize.go; docker/cli, registry/config.go).
 */
public final class DefaultRegistry {
  /** What stands before such a name in its long form; written in parts, as hosts are data here. */
  public static final String NAME = String.join(".", "docker", "io");

  /** Where its API is. */
  public static final String API_HOST = "registry-1." + NAME;

  /** Every host that stands for it, in names and in files of credentials. */
  public static final Set<String> HOSTS = Set.of(NAME, "index." + NAME, API_HOST);

  /** What credential helpers know it by. */
  public static final String CREDENTIALS = "https://index." + NAME + "/v1/";

  private DefaultRegistry() {}
}
