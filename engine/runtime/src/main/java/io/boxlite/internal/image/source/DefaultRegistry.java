package io.boxlite.internal.image.source;

import java.util.Set;

/**
 * Docker Hub, the registry of names without a host, and its hosts as in Docker
 * (github.com/distribution/reference, normalize.go; docker/cli, registry/config.go).
 */
public final class DefaultRegistry {
  /** Its host in image names. */
  public static final String NAME = String.join(".", "docker", "io");

  /** The host of its API. */
  public static final String API_HOST = "registry-1." + NAME;

  /** All its hosts in image names and credential files. */
  public static final Set<String> HOSTS = Set.of(NAME, "index." + NAME, API_HOST);

  /** Its address for credential helpers. */
  public static final String CREDENTIALS = "https://index." + NAME + "/v1/";

  private DefaultRegistry() {}
}
