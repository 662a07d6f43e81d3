package io.boxlite.junit.internal;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.jar.Attributes.Name;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The artifacts that JUnit consists of, as they are on the class path.
 *
 * <p>If the dependencies of a build bring them in different versions, JUnit fails with an obscure
 * {@link NoClassDefFoundError}, or finds no tests. This check reports the cause before that
 * happens. It looks class files up as resources, because loading the classes is what fails.
 */
enum JUnitParts {
  COMMONS("junit-platform-commons", "org/junit/platform/commons/JUnitException"),
  PLATFORM_ENGINE("junit-platform-engine", "org/junit/platform/engine/TestEngine", COMMONS),
  LAUNCHER("junit-platform-launcher", "org/junit/platform/launcher/Launcher", PLATFORM_ENGINE),
  API("junit-jupiter-api", "org/junit/jupiter/api/Test", COMMONS),
  PARAMS("junit-jupiter-params", "org/junit/jupiter/params/ParameterizedTest", API),
  JUPITER_ENGINE(
      "junit-jupiter-engine", "org/junit/jupiter/engine/JupiterTestEngine", API, PLATFORM_ENGINE);

  /** The oldest JUnit that the extension supports. */
  private static final Release OLDEST = new Release(5, 12);

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

  private final String artifact;
  private final String className;

  @SuppressWarnings("ImmutableEnumChecker") // that of List.of cannot be changed
  private final List<JUnitParts> needs;

  JUnitParts(String artifact, String className, JUnitParts... needs) {
    this.artifact = artifact;
    this.className = className;
    this.needs = List.of(needs);
  }

  /**
   * Checks that the artifacts on a class path work together, and with this extension.
   *
   * @throws IllegalStateException if they do not; the message names them and says what to do
   */
  static void requireAligned(ClassLoader classPath) {
    Map<JUnitParts, Found> found = new EnumMap<>(JUnitParts.class);
    for (JUnitParts part : values()) {
      part.find(classPath).ifPresent(there -> found.put(part, there));
    }
    List<String> problems = new ArrayList<>();
    found.forEach(
        (part, there) -> {
          for (JUnitParts need : part.needs) {
            Found needed = found.get(need);
            if (needed != null && !needed.release().serves(there.release())) {
              problems.add(
                  part.artifact
                      + " "
                      + there.version()
                      + " does not work with "
                      + need.artifact
                      + " "
                      + needed.version());
            }
          }
        });
    if (!problems.isEmpty()) {
      throw new IllegalStateException(
          "the class path has artifacts of incompatible versions of JUnit: "
              + String.join("; ", problems)
              + ". Import org.junit:junit-bom of one version in <dependencyManagement> (in Gradle:"
              + " platform(\"org.junit:junit-bom:VERSION\")); mvn dependency:tree"
              + " -Dincludes=org.junit* shows where they come from. Found: "
              + found.values().stream().map(Found::toString).collect(Collectors.joining(", ")));
    }
    Found api = found.get(API);
    if (api != null && api.release().compareTo(OLDEST) < 0) {
      throw new IllegalStateException(
          "boxlite-junit needs JUnit "
              + OLDEST.major()
              + "."
              + OLDEST.minor()
              + " or later, but the class path has "
              + api
              + "; depend on a newer org.junit.jupiter:junit-jupiter");
    }
  }

  private Optional<Found> find(ClassLoader classPath) {
    URL location = classPath.getResource(className + ".class");
    String version = location == null ? null : version(location);
    Matcher matcher = VERSION.matcher(Objects.requireNonNullElse(version, ""));
    return location != null && version != null && matcher.matches()
        ? Optional.of(new Found(version, Release.of(matcher), jar(location)))
        : Optional.empty();
  }

  /**
   * Returns the version from the manifest; null for classes in a directory or in another vendor's
   * jar.
   */
  private static @Nullable String version(URL location) {
    try {
      URLConnection connection = location.openConnection();
      if (!(connection instanceof JarURLConnection jar)) {
        return null;
      }
      jar.setUseCaches(false); // a cached jar file would stay open
      try (JarFile file = jar.getJarFile()) {
        Manifest manifest = file.getManifest();
        return manifest == null || !isOfJUnit(manifest)
            ? null
            : manifest.getMainAttributes().getValue(Name.IMPLEMENTATION_VERSION);
      }
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean isOfJUnit(Manifest manifest) {
    String vendor = manifest.getMainAttributes().getValue(Name.IMPLEMENTATION_VENDOR);
    return vendor != null && vendor.contains("junit.org");
  }

  private static String jar(URL location) {
    String text = location.toString();
    int inside = text.indexOf("!/");
    return (inside < 0 ? text : text.substring(0, inside)).replaceFirst("^jar:file:", "");
  }

  /** An artifact that was found. */
  private record Found(String version, Release release, String jar) {
    @Override
    public String toString() {
      return jar;
    }
  }

  /** The parts of a version that determine which classes exist. */
  private record Release(int major, int minor) implements Comparable<Release> {
    /** The platform had version 1.x together with Jupiter 5.x; since 6 both are the same. */
    static Release of(Matcher version) {
      int major = Integer.parseInt(version.group(1));
      return new Release(major == 1 ? 5 : major, Integer.parseInt(version.group(2)));
    }

    /**
     * Returns whether an artifact of this release supports one of another release that needs it.
     */
    boolean serves(Release above) {
      return major == above.major && minor >= above.minor;
    }

    @Override
    public int compareTo(Release other) {
      return major != other.major
          ? Integer.compare(major, other.major)
          : Integer.compare(minor, other.minor);
    }
  }
}
