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
 * The settings of this extension, and the engine's as JUnit's configuration gives them.
 *
 * <p>As everywhere, a system property goes before an environment variable, and that before what a
 * file says.
 */
public final class JUnitSettings {
  private static final String FILE = "junit-platform.properties";
  private static final String PREFIX = "boxlite.";
  private static final String UNAVAILABLE = "boxlite.unavailable";
  private static final String KEEP = "boxlite.keep";

  private JUnitSettings() {}

  /**
   * Whether tests are to be skipped where no box can start; empty when nothing is said.
   *
   * @throws ExtensionConfigurationException when the setting has another value
   */
  public static Optional<Boolean> skipUnavailable(ExtensionContext context) {
    return find(context, UNAVAILABLE).map(value -> isFirst(UNAVAILABLE, value, "skip", "fail"));
  }

  /**
   * Whether boxes of failed tests leave their files behind.
   *
   * @throws ExtensionConfigurationException when the setting has another value
   */
  public static boolean keepOnFailure(ExtensionContext context) {
    return find(context, KEEP)
        .map(value -> isFirst(KEEP, value, "on-failure", "never"))
        .orElse(false);
  }

  /**
   * What JUnit's configuration says of the engine's settings. What the file has under a name that
   * nobody knows is among it, for the engine to refuse it.
   */
  static Map<String, String> ofEngine(ExtensionContext context) {
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

  /** JUnit tells no names of settings, so the file it reads is read once more. */
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
