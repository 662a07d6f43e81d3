package io.boxlite.internal.image.registry;

import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.host.settings.RegistrySettings.Mirror;
import io.boxlite.internal.image.source.DefaultRegistry;
import io.boxlite.internal.image.source.ImageName;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * A registry or mirror that may have an image.
 *
 * @param registry the host for the lookup of credentials
 * @param base the root of its API, with a trailing slash
 * @param repository the image's repository at this endpoint
 */
record Endpoint(String registry, URI base, String repository) {

  /** Returns the endpoints for an image: the mirrors of its registry, then the registry. */
  static List<Endpoint> of(ImageName name, RegistrySettings settings) {
    String registry = name.registry();
    ConnectionPolicy policy = new ConnectionPolicy(settings);
    List<Endpoint> endpoints = new ArrayList<>();
    for (Mirror mirror : settings.mirrors()) {
      if (isOf(mirror, registry)) {
        String prefix = mirror.prefix().isEmpty() ? "" : mirror.prefix().substring(1) + "/";
        String scheme = mirror.scheme().isEmpty() ? policy.scheme(mirror.host()) : mirror.scheme();
        endpoints.add(endpoint(mirror.host(), scheme, mirror.host(), prefix + name.path()));
      }
    }
    String host = registry.equals(DefaultRegistry.NAME) ? DefaultRegistry.API_HOST : registry;
    endpoints.add(endpoint(registry, policy.scheme(registry), host, name.path()));
    return endpoints;
  }

  private static boolean isOf(Mirror mirror, String registry) {
    String of = mirror.registry();
    return registry.equals(DefaultRegistry.NAME)
        ? of.isEmpty() || DefaultRegistry.HOSTS.contains(of)
        : of.equals(registry);
  }

  private static Endpoint endpoint(String registry, String scheme, String host, String repository) {
    return new Endpoint(registry, URI.create(scheme + "://" + host + "/v2/"), repository);
  }

  URI manifest(String tagOrDigest) {
    return base.resolve(repository + "/manifests/" + tagOrDigest);
  }

  URI blob(String digest) {
    return base.resolve(repository + "/blobs/" + digest);
  }

  @Override
  public String toString() {
    return registry;
  }
}
