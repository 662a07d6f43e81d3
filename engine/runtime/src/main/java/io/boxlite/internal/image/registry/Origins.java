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
 * Whom to speak to, and how: plain HTTP is for this machine and for whom the settings name, and
 * nobody outside leads a request to where it did not want to go.
 */
final class Origins {
  private final RegistrySettings settings;
  private final Reach.Resolver names;

  Origins(RegistrySettings settings) {
    this(settings, InetAddress::getAllByName);
  }

  Origins(RegistrySettings settings, Reach.Resolver names) {
    this.settings = settings;
    this.names = names;
  }

  /** How a registry is spoken to. */
  String scheme(String host) {
    boolean plain =
        settings.http().contains(host)
            || isLoopback(URI.create("http://" + host)) && !settings.insecure().contains(host);
    return plain ? "http" : "https";
  }

  /** Whether the certificate of a host counts. */
  boolean isInsecure(URI uri) {
    return settings.insecure().contains(authority(uri))
        || settings.insecure().contains(uri.getHost());
  }

  /** Whether two addresses have the same scheme, host and port (RFC 6454, section 5). */
  static boolean same(URI one, URI other) {
    return one.getScheme().equalsIgnoreCase(other.getScheme())
        && one.getHost().equalsIgnoreCase(other.getHost())
        && port(one) == port(other);
  }

  /**
   * Refuses to go on to an address that somebody else names.
   *
   * @param what names it, for the message
   * @param from who names it
   */
  void check(String what, URI from, URI to) {
    String scheme = to.getScheme() == null ? "" : to.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !scheme.equals("http") || to.getHost() == null) {
      throw refused(what, from, to, "which is no address of the web");
    }
    if (to.getUserInfo() != null) {
      throw refused(what, from, to, "which has a user in it");
    }
    Reach reach = reach(to);
    if (reach.compareTo(reach(from)) > 0 && !isNamedInSettings(to)) {
      throw refused(what, from, to, reach.words());
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
            "which is not encrypted; name the host in boxlite.registry.http to allow it");
      }
    }
  }

  /**
   * From where a host can be reached, by the addresses that it resolves to. This JVM remembers them
   * for some time, so that a name server cannot give others to the connection that follows.
   */
  private Reach reach(URI uri) {
    if (isLoopback(uri)) {
      return Reach.MACHINE;
    }
    try {
      String host = uri.getHost();
      String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
      return Arrays.stream(names.resolve(plain))
          .map(Reach::of)
          .max(Comparator.naturalOrder())
          .orElse(Reach.PUBLIC);
    } catch (UnknownHostException e) {
      return Reach.PUBLIC; // Nobody connects to it, unless a proxy that knows it does.
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
   * By its name alone: whatever a name server says of others, they are not spoken to in the plain.
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
