package io.boxlite.internal.host.settings;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.settings.SettingSource.Found;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How registries are reached. A registry is named by its host, with the port if the image's name
 * has one.
 *
 * @param mirrors the mirrors to try before the registry itself, in this order
 * @param http the registries that are reached by plain HTTP
 * @param insecure the registries whose TLS certificate is not verified
 */
public record RegistrySettings(List<Mirror> mirrors, Set<String> http, Set<String> insecure) {
  private static final String HOST_SYNTAX =
      "(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])(?::[0-9]{1,5})?";
  private static final Pattern HOST = Pattern.compile(HOST_SYNTAX);
  private static final Pattern MIRROR =
      Pattern.compile(
          "(?:("
              + HOST_SYNTAX
              + ")=)?(?:(https?)://)?("
              + HOST_SYNTAX
              + ")(/[A-Za-z0-9._/-]*[A-Za-z0-9_-])?/?");

  /** The defaults. */
  public static final RegistrySettings DEFAULT =
      new RegistrySettings(List.of(), Set.of(), Set.of());

  /** Copies the collections. */
  public RegistrySettings {
    mirrors = List.copyOf(mirrors);
    http = Set.copyOf(http);
    insecure = Set.copyOf(insecure);
  }

  /**
   * A mirror of a registry.
   *
   * @param registry the mirrored registry; empty for the one of names without a host
   * @param scheme {@code http} or {@code https}; empty to choose by the host
   * @param host the host, with the port if it is not the scheme's default
   * @param prefix a prefix of the repository's name: empty, or of the form {@code /path}
   */
  public record Mirror(String registry, String scheme, String host, String prefix) {}

  /** Reads {@code [REGISTRY=][http://|https://]HOST[:PORT][/PREFIX],…}. */
  static List<Mirror> mirrors(Found found) {
    List<Mirror> mirrors = new ArrayList<>();
    for (String entry : entries(found)) {
      Matcher matcher = MIRROR.matcher(entry);
      if (!matcher.matches() || entry.contains("..")) {
        throw bad(
            found,
            entry,
            "a mirror is [REGISTRY=][http://|https://]HOST[:PORT][/PREFIX], separate several by"
                + " commas");
      }
      mirrors.add(
          new Mirror(
              orEmpty(matcher.group(1)),
              orEmpty(matcher.group(2)),
              matcher.group(3),
              orEmpty(matcher.group(4))));
    }
    return mirrors;
  }

  /** Reads {@code HOST[:PORT],…}. */
  static Set<String> hosts(Found found) {
    Set<String> hosts = new LinkedHashSet<>();
    for (String entry : entries(found)) {
      if (!HOST.matcher(entry).matches()) {
        throw bad(found, entry, "a registry is HOST or HOST:PORT, separate several by commas");
      }
      hosts.add(entry);
    }
    return hosts;
  }

  private static List<String> entries(Found found) {
    return Arrays.stream(found.value().split(",", -1))
        .map(String::strip)
        .filter(Predicate.not(String::isEmpty))
        .toList();
  }

  private static String orEmpty(@Nullable String group) {
    return group == null ? "" : group;
  }

  private static BoxliteException bad(Found found, String entry, String form) {
    return new BoxliteException(
        found.where()
            + " is \""
            + found.value()
            + "\"; its part \""
            + entry
            + "\" is invalid: "
            + form);
  }
}
