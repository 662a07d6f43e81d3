package io.boxlite.internal.image.registry;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.ImagePullException;
import io.boxlite.PullListener;
import io.boxlite.internal.host.settings.ProxySettings;
import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.store.StoredImages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pulls images from registries. Any number of threads may use it. */
public final class Registries {
  private static final Logger log = LoggerFactory.getLogger(Registries.class);

  private final RegistrySettings settings;
  private final ProxySettings proxies;
  private final ConnectionPolicy policy;
  private final DockerConfig config;
  private final RegistryTimeouts timeout;
  private final HttpClients clients;

  Registries(
      RegistrySettings settings,
      ProxySettings proxies,
      DockerConfig config,
      RegistryTimeouts timeout) {
    this.settings = settings;
    this.proxies = proxies;
    this.config = config;
    this.timeout = timeout;
    policy = new ConnectionPolicy(settings);
    clients = new HttpClients(timeout.connect(), proxies.selector());
  }

  /** Uses registries with the given settings and the credentials of this process's user. */
  public static Registries of(RegistrySettings settings, ProxySettings proxies) {
    return new Registries(
        settings,
        proxies,
        DockerConfig.ofUser(System.getenv(), System.getProperty("user.home", "/")),
        RegistryTimeouts.DEFAULT);
  }

  /**
   * Pulls the missing parts of an image into a store, and names it.
   *
   * @throws ImageNotFoundException when the image does not exist
   * @throws ImagePullException when the registry cannot be reached, denies access, or fails
   * @throws ImageIntegrityException when the registry sends damaged or malformed data
   * @throws BoxliteException when the store cannot be written, or this thread is interrupted
   */
  public void pull(ImageName name, StoredImages store, PullListener listener) {
    PullMonitor monitor = new PullMonitor(name.toString(), listener);
    List<Endpoint> endpoints = Endpoint.of(name, settings);
    List<BoxliteException> failures = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      try {
        pull(name, endpoint, store, monitor);
        return;
      } catch (ImageNotFoundException | ImagePullException | ImageIntegrityException e) {
        failures.add(e);
        if (failures.size() < endpoints.size()) {
          log.warn("mirror {} failed, trying the next endpoint: {}", endpoint, e.getMessage());
        }
      }
    }
    BoxliteException last = failures.remove(failures.size() - 1);
    failures.forEach(last::addSuppressed);
    throw last;
  }

  private void pull(ImageName name, Endpoint endpoint, StoredImages store, PullMonitor monitor) {
    StallWatch watch = new StallWatch(timeout, name.toString());
    Http http = new Http(clients, new ProxyLogin(proxies), policy, timeout, watch);
    Session session = new Session(endpoint, http, new TokenService(http, policy), config);
    Retry attempts = new Retry(timeout, monitor);
    try (PullThreads threads = new PullThreads(watch, name.toString())) {
      ImagePull pull = new ImagePull(name, store, monitor, session, attempts, threads);
      threads.runAll(List.of(pull::run));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while pulling image " + name, e);
    } catch (IOException e) {
      throw new BoxliteException("image " + name + " cannot be pulled: " + e, e);
    }
  }
}
