package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same test classes on every version of JUnit that is supported, each in a JVM of its own: on
 * the JDK of the build, and on JDK 25 where there is one.
 *
 * <p>The build puts each version's console launcher and test kit into a directory of its own.
 */
class JUnitVersionsIT {
  private static final Path VERSIONS =
      Path.of(System.getProperty("junit.versions", "target/junit"));

  /** Whether to run more classes, and every version on JDK 25 as well, as profile matrix says. */
  private static final boolean FULL = Boolean.getBoolean("junit.matrix.full");

  private static final List<Class<?>> CLASSES =
      List.of(
          UnavailableTest.class,
          BoxExtensionTest.class,
          LiteBoxAssertIT.class,
          BoxTestKindsIT.class,
          BoxReportIT.class,
          BoxParallelIT.class);

  private static final List<Class<?>> MORE_CLASSES =
      List.of(
          BoxDynamicIT.class,
          BoxLeakIT.class,
          BoxScopeIT.class,
          BoxNestedIT.class,
          BoxPreparedIT.class);

  private static final List<Class<?>> SINCE_5_13 = List.of(BoxParameterizedClassIT.class);
  private static final List<Class<?>> NONE = List.of();

  /** What the build says about where tests may leave what, and who looks at it in the end. */
  private static final List<String> INHERITED =
      List.of("boxlite.home", "java.io.tmpdir", "leftovers.record");

  private static final Pattern SUITE =
      Pattern.compile(
          "<testsuite [^>]*tests=\"(\\d+)\" skipped=\"(\\d+)\" failures=\"(\\d+)\""
              + " errors=\"(\\d+)\"");

  @ParameterizedTest
  @ValueSource(strings = {"5.12.2", "5.13.4", "5.14.4", "6.0.3", "6.1.3"})
  void onTheJdkOfTheBuild(String version, @TempDir Path reports) throws Exception {
    passes(Path.of(System.getProperty("java.home")), version, reports);
  }

  @ParameterizedTest
  @MethodSource("versionsOnJdk25")
  void onJdk25(String version, @TempDir Path reports) throws Exception {
    Optional<Path> jdk = Jdks.find(25);
    Assumptions.assumeTrue(
        jdk.isPresent(),
        "there is no JDK 25 on this machine: set JAVA_HOME_25_X64, or install one below"
            + " /usr/lib/jvm");
    passes(jdk.get(), version, reports);
  }

  static Stream<String> versionsOnJdk25() {
    return FULL
        ? Stream.of("5.12.2", "5.13.4", "5.14.4", "6.0.3", "6.1.3")
        : Stream.of("5.12.2", "6.1.3");
  }

  private static void passes(Path jdk, String version, Path reports) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(jdk.resolve("bin/java").toString());
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    for (String property : INHERITED) {
      String value = System.getProperty(property);
      if (value != null) {
        command.add("-D" + property + "=" + value);
      }
    }
    command.add("-classpath");
    command.add(classPath(VERSIONS.resolve(version)));
    command.add("org.junit.platform.console.ConsoleLauncher");
    command.add("execute");
    command.add("--disable-banner");
    command.add("--details=none");
    command.add("--reports-dir=" + reports);
    Stream.of(CLASSES, FULL ? MORE_CLASSES : NONE, version.equals("5.12.2") ? NONE : SINCE_5_13)
        .flatMap(List::stream)
        .forEach(testClass -> command.add("--select-class=" + testClass.getName()));
    Path output = reports.resolve("output.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }

    String said = Files.readString(output);
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(said).as("the summary").containsPattern("BoxLite: \\d+ box(es)? started");
    Matcher suite = SUITE.matcher(Files.readString(reports.resolve("TEST-junit-jupiter.xml")));
    assertThat(suite.find()).isTrue();
    assertThat(Integer.parseInt(suite.group(1))).as("tests").isGreaterThanOrEqualTo(15);
    assertThat(List.of(suite.group(2), suite.group(3), suite.group(4)))
        .as("skipped, failed, broken")
        .containsOnly("0");
  }

  /** What this JVM has, with that version of JUnit instead of the one it was compiled against. */
  private static String classPath(Path junit) throws IOException {
    try (Stream<Path> jars = Files.list(junit)) {
      return Stream.concat(
              jars.map(Path::toString),
              Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                  .filter(entry -> !entry.contains("junit-") || entry.contains("boxlite-junit"))
                  .filter(entry -> !entry.contains("opentest4j") && !entry.contains("surefire")))
          .collect(Collectors.joining(File.pathSeparator));
    }
  }
}
