package io.boxlite.junit.internal.sharing;

import io.boxlite.Boxlite;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Reads the settings of this extension, and those of the engine from JUnit's configuration.
 *
 * <p>A system property takes precedence over an environment variable, which takes precedence over
 * JUnit's configuration.
 */
public final class JUnitSettings {
  private static final String FILE = "junit-platform.properties";
  private static final String PREFIX = "boxlite.";
  private static final String UNAVAILABLE = "boxlite.unavailable";
  private static final String KEEP = "boxlite.keep";

  private JUnitSettings() {}

  /**
   * Returns whether to skip tests where no box can start; empty if the setting is absent.
   *
   * @throws ExtensionConfigurationException if the setting has an unknown value
   */
  public static Optional<Boolean> skipUnavailable(ExtensionContext context) {
    return find(context, UNAVAILABLE).map(value -> isFirst(UNAVAILABLE, value, "skip", "fail"));
  }

  /**
   * Returns whether to keep the disks of boxes of failed tests.
   *
   * @throws ExtensionConfigurationException if the setting has an unknown value
   */
  public static boolean keepOnFailure(ExtensionContext context) {
    return find(context, KEEP)
        .map(value -> isFirst(KEEP, value, "on-failure", "never"))
        .orElse(false);
  }

  /**
   * Returns the engine's settings from JUnit's configuration. This includes unknown names that
   * begin with {@code boxlite.}, so that the engine rejects them.
   */
  static Map<String, String> forEngine(ExtensionContext context) {
    Map<String, String> settings = new HashMap<>(file());
    for (String key : Boxlite.settings()) {
      context.getConfigurationParameter(key).ifPresent(value -> settings.put(key, value));
    }
    return settings;
  }

  private static Optional<String> find(ExtensionContext context, String key) {
    return Optional.ofNullable(System.getProperty(key))
        .or(
            () ->
                Optional.ofNullable(System.getenv(key.toUpperCase(Locale.ROOT).replace('.', '_'))))
        .or(() -> context.getConfigurationParameter(key))
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }

  private static boolean isFirst(String key, String value, String first, String second) {
    if (!value.equalsIgnoreCase(first) && !value.equalsIgnoreCase(second)) {
      throw new ExtensionConfigurationException(
          "setting " + key + " is \"" + value + "\"; it must be one of " + first + ", " + second);
    }
    return value.equalsIgnoreCase(first);
  }

  /** Reads JUnit's file again, because JUnit does not list the names of its parameters. */
  private static Map<String, String> file() {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    URL file = loader == null ? ClassLoader.getSystemResource(FILE) : loader.getResource(FILE);
    if (file == null) {
      return Map.of();
    }
    Properties properties = new Properties();
    try (InputStream in = file.openStream()) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    Map<String, String> ours = new HashMap<>();
    for (String key : properties.stringPropertyNames()) {
      if (key.startsWith(PREFIX)) {
        ours.put(key, properties.getProperty(key));
      }
    }
    return ours;
  }
}
