package io.boxlite.internal.host.settings;

import java.net.Authenticator;
import java.net.ProxySelector;
import java.util.Optional;

/**
 * The proxies that connections to registries use.
 *
 * @param selector selects the proxy; this JVM's default when empty
 * @param authenticator supplies the credentials for the selector's proxies
 */
public record ProxySettings(
    Optional<ProxySelector> selector, Optional<Authenticator> authenticator) {
  /** The proxies of this JVM. */
  public static final ProxySettings OF_JVM = new ProxySettings(Optional.empty(), Optional.empty());
}
