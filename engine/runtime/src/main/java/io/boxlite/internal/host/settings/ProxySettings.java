package io.boxlite.internal.host.settings;

import java.net.Authenticator;
import java.net.ProxySelector;
import java.util.Optional;

/**
 * The proxies by which registries are reached.
 *
 * @param selector says which; this JVM's default when empty
 * @param authenticator tells those of the selector who asks
 */
public record ProxySettings(
    Optional<ProxySelector> selector, Optional<Authenticator> authenticator) {
  /** The proxies that this JVM has. */
  public static final ProxySettings OF_JVM = new ProxySettings(Optional.empty(), Optional.empty());
}
