package io.boxlite.internal.image.registry;

import io.boxlite.ImagePullException;
import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.host.settings.RegistrySettings.Mirror;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;

/**
 * The rules for connecting to hosts: plain HTTP is used for this machine and for hosts in the
 * settings only, and servers cannot redirect requests into private networks.
 */
final class ConnectionPolicy {
  private final RegistrySettings settings;
  private final AddressScope.Resolver names;

  ConnectionPolicy(RegistrySettings settings) {
    this(settings, InetAddress::getAllByName);
  }

  ConnectionPolicy(RegistrySettings settings, AddressScope.Resolver names) {
    this.settings = settings;
    this.names = names;
  }

  /** Returns the scheme for a registry. */
  String scheme(String host) {
    boolean plain =
        settings.http().contains(host)
            || isLoopback(URI.create("http://" + host)) && !settings.insecure().contains(host);
    return plain ? "http" : "https";
  }

  /** Returns whether the certificate of a host is not verified. */
  boolean isInsecure(URI uri) {
    return settings.insecure().contains(authority(uri))
        || settings.insecure().contains(uri.getHost());
  }

  /** Returns whether two addresses have the same scheme, host and port (RFC 6454, section 5). */
  static boolean same(URI one, URI other) {
    return one.getScheme().equalsIgnoreCase(other.getScheme())
        && one.getHost().equalsIgnoreCase(other.getHost())
        && port(one) == port(other);
  }

  /**
   * Rejects an address, received from a server, that must not be followed.
   *
   * @param what the kind of reference, for the message
   * @param from the server that sent it
   */
  void check(String what, URI from, URI to) {
    String scheme = to.getScheme() == null ? "" : to.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !scheme.equals("http") || to.getHost() == null) {
      throw refused(what, from, to, "which is not an HTTP address");
    }
    if (to.getUserInfo() != null) {
      throw refused(what, from, to, "which contains a user name");
    }
    AddressScope scope = scope(to);
    if (scope.compareTo(scope(from)) > 0 && !isNamedInSettings(to)) {
      throw refused(what, from, to, scope.words());
    }
    if (scheme.equals("http")) {
      if (from.getScheme().equalsIgnoreCase("https")) {
        throw refused(what, from, to, "which is not encrypted");
      }
      if (!mayBePlain(to)) {
        throw refused(
            what,
            from,
            to,
            "which is not encrypted; add the host to boxlite.registry.http to allow it");
      }
    }
  }

  /**
   * Returns the scope of the addresses that a host resolves to. This JVM caches them for some time,
   * so that a name server cannot return others for the connection that follows.
   */
  private AddressScope scope(URI uri) {
    if (isLoopback(uri)) {
      return AddressScope.MACHINE;
    }
    try {
      String host = uri.getHost();
      String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
      return Arrays.stream(names.resolve(plain))
          .map(AddressScope::of)
          .max(Comparator.naturalOrder())
          .orElse(AddressScope.PUBLIC);
    } catch (UnknownHostException e) {
      return AddressScope
          .PUBLIC; // An unknown host cannot be reached, except by a proxy that knows it.
    }
  }

  private boolean isNamedInSettings(URI uri) {
    String authority = authority(uri);
    return settings.http().contains(authority)
        || isInsecure(uri)
        || settings.mirrors().stream().anyMatch(mirror -> mirror.host().equals(authority));
  }

  private boolean mayBePlain(URI uri) {
    String authority = authority(uri);
    return isLoopback(uri)
        || settings.http().contains(authority)
        || settings.mirrors().stream().anyMatch(mirror -> isPlain(mirror, authority));
  }

  private static boolean isPlain(Mirror mirror, String authority) {
    return mirror.scheme().equals("http") && mirror.host().equals(authority);
  }

  private static ImagePullException refused(String what, URI from, URI to, String why) {
    String text = to.toString();
    return new ImagePullException(
        what
            + " of "
            + authority(from)
            + " is not followed: it leads to "
            + (text.length() > 200 ? text.substring(0, 200) + "…" : text)
            + ", "
            + why);
  }

  static String authority(URI uri) {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }

  /**
   * Returns whether this is the local host, by its name only: plain HTTP must not depend on name
   * servers.
   */
  static boolean isLoopback(URI uri) {
    String text = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    String host = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    return host.equals("localhost")
        || host.endsWith(".localhost")
        || host.matches("127(\\.[0-9]{1,3}){3}")
        || host.equals("[::1]");
  }
}
