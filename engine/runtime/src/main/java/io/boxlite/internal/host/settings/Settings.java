package io.boxlite.internal.host.settings;

import io.boxlite.Accelerator;
import io.boxlite.BoxliteException;
import io.boxlite.BoxliteOptions;
import io.boxlite.PullPolicy;
import io.boxlite.SecurityUnavailable;
import io.boxlite.internal.host.settings.SettingSource.Found;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The effective settings.
 *
 * @param home the absolute path of the home directory, which need not exist yet
 * @param accelerator the accelerator of boxes that do not specify one
 * @param qemu the QEMU binary; empty to search for it
 * @param pullPolicy the pull policy of boxes that do not specify one
 * @param securityUnavailable what happens when this machine lacks what the security options of a
 *     box ask for
 * @param registries mirrors and protocols of registries
 * @param proxies the proxies that connections to registries use
 * @param cacheLimitMib the disk space that root images and templates may use together, in MiB
 * @param memoryLimitMib the memory that all boxes may use together, in MiB; empty to derive it from
 *     the machine
 * @param poolSize the maximum number of boxes kept ready, 0 to {@value #MAX_POOLED}
 * @param startTimeout the start timeout of boxes that do not specify one; empty for the default
 * @param trustedCertificates a PEM file with certificates that servers of secrets may have, besides
 *     those that this JVM trusts
 */
public record Settings(
    Path home,
    Accelerator accelerator,
    Optional<Path> qemu,
    PullPolicy pullPolicy,
    SecurityUnavailable securityUnavailable,
    RegistrySettings registries,
    ProxySettings proxies,
    int cacheLimitMib,
    Optional<Integer> memoryLimitMib,
    int poolSize,
    Optional<Duration> startTimeout,
    Optional<Path> trustedCertificates) {
  private static final int DEFAULT_CACHE_LIMIT_MIB = 10 << 10;
  private static final int MAX_POOLED = 64;
  private static final int MAX_START_SECONDS = 3600;

  /**
   * Combines the options with this JVM's system properties and environment variables.
   *
   * @throws BoxliteException when a setting is unknown or its value is invalid
   */
  public static Settings resolve(BoxliteOptions options) {
    return resolve(options, textOf(System.getProperties()), System.getenv());
  }

  /** Returns the keys of all settings, such as {@code boxlite.home}. */
  public static List<String> keys() {
    return Arrays.stream(Setting.values()).map(Setting::key).toList();
  }

  /** Combines the options with the given system properties and environment variables. */
  public static Settings resolve(
      BoxliteOptions options, Map<String, String> properties, Map<String, String> environment) {
    List<SettingSource> sources =
        List.of(
            SettingSource.systemProperties(properties).withoutUnknownNames(),
            SettingSource.environment(environment).withoutUnknownNames(),
            SettingSource.fallbacks(options.fallbackSettings()).withoutUnknownNames());
    Path home =
        options
            .home()
            .or(() -> find(sources, Setting.HOME).map(Settings::path))
            .orElseGet(() -> defaultHome(properties, environment));
    Accelerator accelerator =
        options
            .accelerator()
            .or(
                () ->
                    find(sources, Setting.ACCELERATOR)
                        .map(found -> oneOf(found, Accelerator.values())))
            .orElse(Accelerator.AUTO);
    Optional<Path> qemu = options.qemu().or(() -> find(sources, Setting.QEMU).map(Settings::path));
    PullPolicy pullPolicy =
        options
            .pullPolicy()
            .or(
                () ->
                    find(sources, Setting.PULL_POLICY)
                        .map(found -> oneOf(found, PullPolicy.values())))
            .orElse(PullPolicy.IF_MISSING);
    SecurityUnavailable securityUnavailable =
        options
            .securityUnavailable()
            .or(
                () ->
                    find(sources, Setting.SECURITY_UNAVAILABLE)
                        .map(found -> oneOf(found, SecurityUnavailable.values())))
            .orElse(SecurityUnavailable.FAIL);
    RegistrySettings registries =
        new RegistrySettings(
            find(sources, Setting.REGISTRY_MIRRORS)
                .map(RegistrySettings::mirrors)
                .orElse(List.of()),
            find(sources, Setting.REGISTRY_HTTP).map(RegistrySettings::hosts).orElse(Set.of()),
            find(sources, Setting.REGISTRY_INSECURE).map(RegistrySettings::hosts).orElse(Set.of()));
    Optional<Integer> cacheLimit =
        options.cacheLimitMib().or(() -> find(sources, Setting.CACHE_LIMIT).map(Settings::mib));
    Optional<Integer> memoryLimit =
        options.memoryLimitMib().or(() -> find(sources, Setting.MEMORY_LIMIT).map(Settings::mib));
    int poolSize =
        options
            .poolSize()
            .or(() -> find(sources, Setting.POOL_SIZE).map(Settings::poolSize))
            .orElseGet(() -> Math.min(8, 2 * Runtime.getRuntime().availableProcessors()));
    Optional<Duration> startTimeout = find(sources, Setting.START_TIMEOUT).map(Settings::seconds);
    return new Settings(
        home.toAbsolutePath().normalize(),
        accelerator,
        qemu.map(Path::toAbsolutePath),
        pullPolicy,
        securityUnavailable,
        registries,
        new ProxySettings(options.proxySelector(), options.proxyAuthenticator()),
        cacheLimit.orElse(DEFAULT_CACHE_LIMIT_MIB),
        memoryLimit,
        poolSize,
        startTimeout,
        find(sources, Setting.TRUSTED_CERTIFICATES).map(Settings::path).map(Path::toAbsolutePath));
  }

  private static Optional<Found> find(List<SettingSource> sources, Setting setting) {
    return sources.stream().flatMap(source -> source.find(setting).stream()).findFirst();
  }

  private static Path path(Found found) {
    try {
      return Path.of(found.value());
    } catch (InvalidPathException e) {
      throw new BoxliteException(
          found.where() + " is \"" + found.value() + "\"; it must be a path", e);
    }
  }

  private static <E extends Enum<E>> E oneOf(Found found, E[] values) {
    String wanted = found.value().toUpperCase(Locale.ROOT).replace('-', '_');
    return Arrays.stream(values)
        .filter(value -> value.name().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new BoxliteException(
                    found.where()
                        + " is \""
                        + found.value()
                        + "\"; it must be one of "
                        + Arrays.stream(values)
                            .map(value -> value.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "))));
  }

  private static int mib(Found found) {
    return number(found, "a whole number of MiB", 0, Integer.MAX_VALUE);
  }

  private static int poolSize(Found found) {
    return number(found, "a whole number", 0, MAX_POOLED);
  }

  private static Duration seconds(Found found) {
    return Duration.ofSeconds(number(found, "a whole number of seconds", 1, MAX_START_SECONDS));
  }

  private static int number(Found found, String kind, int least, int most) {
    try {
      int number = Integer.parseInt(found.value());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw new BoxliteException(
        found.where()
            + " is \""
            + found.value()
            + "\"; it must be "
            + kind
            + ", "
            + least
            + " to "
            + most);
  }

  /**
   * Follows the XDG Base Directory Specification, "Environment variables": a relative path is
   * ignored.
   */
  private static Path defaultHome(Map<String, String> properties, Map<String, String> environment) {
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    if (cache.startsWith("/")) {
      return Path.of(cache, "boxlite");
    }
    // user.home is "?" for a user that is not in the password database.
    String user = properties.getOrDefault("user.home", "?");
    if (!user.startsWith("/")) {
      throw new BoxliteException(
          "this user has no home directory (user.home is \""
              + user
              + "\"); set "
              + Setting.HOME.variable()
              + " to a directory for the files of boxes");
    }
    return Path.of(user, ".cache", "boxlite");
  }

  private static Map<String, String> textOf(Properties properties) {
    return properties.stringPropertyNames().stream()
        .collect(Collectors.toMap(name -> name, properties::getProperty));
  }
}
