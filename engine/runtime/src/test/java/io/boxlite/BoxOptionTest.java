package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoxOptionTest {
  private static final OptionContext HERE = OptionContext.of(Path.of(""));

  /** A text, or several, that each option takes, and that does not stand for its default. */
  private static final Map<BoxOption<?>, List<String>> TEXTS = new HashMap<>();

  static {
    TEXTS.put(BoxOption.IMAGE, List.of("python:slim"));
    TEXTS.put(BoxOption.CPUS, List.of("2"));
    TEXTS.put(BoxOption.MEMORY_MIB, List.of("256"));
    TEXTS.put(BoxOption.DISK_MIB, List.of("64"));
    TEXTS.put(BoxOption.WORKING_DIR, List.of("/w"));
    TEXTS.put(BoxOption.ENV, List.of("A=1", "B=x=y"));
    TEXTS.put(BoxOption.USER, List.of("nobody"));
    TEXTS.put(BoxOption.HOSTNAME, List.of("box-1"));
    TEXTS.put(BoxOption.NAME, List.of("n.1_x"));
    TEXTS.put(BoxOption.FILES, List.of("/etc/passwd -> /srv/users"));
    TEXTS.put(BoxOption.VOLUMES, List.of("./data:/data:ro", "cache:/var/cache"));
    TEXTS.put(BoxOption.TMPFS, List.of("/scratch:64MiB", "/b:1g"));
    TEXTS.put(BoxOption.PREPARE, List.of("true", "echo $HOME"));
    TEXTS.put(BoxOption.START_COMMAND, List.of("redis-server", "--save", ""));
    TEXTS.put(BoxOption.WAIT_FOR, List.of("port:6379", "exec:redis-cli ping"));
    TEXTS.put(BoxOption.NETWORK, List.of("outbound", "10.0.0.0/8:5432"));
    TEXTS.put(
        BoxOption.SECRETS, List.of("API_KEY=env:MY_KEY -> api.example.com, *.example.org:8443"));
    TEXTS.put(BoxOption.JOIN, List.of("backend"));
    TEXTS.put(BoxOption.ALIAS, List.of("db", "cache"));
    TEXTS.put(BoxOption.PORTS, List.of("8080", "18081:8081"));
    TEXTS.put(BoxOption.SECURITY, List.of("maximum", "maxOpenFiles=64, networkEnabled=false"));
    TEXTS.put(BoxOption.PULL_POLICY, List.of("if-missing"));
    TEXTS.put(BoxOption.ACCELERATOR, List.of("tcg"));
    TEXTS.put(BoxOption.ADDRESS_RANDOMIZATION, List.of("true"));
    TEXTS.put(BoxOption.START_TIMEOUT, List.of("9 s"));
  }

  static List<BoxOption<?>> options() {
    return BoxOption.all();
  }

  @ParameterizedTest
  @MethodSource("options")
  void isFoundByItsNameAndHasASetterAndAGetterOfThatName(BoxOption<?> option) {
    assertThat(BoxOption.named(option.name())).contains(option);
    assertThat(methods(BoxOptions.Builder.class)).as("setters").contains(option.name());
    assertThat(methods(BoxOptions.class)).as("getters").contains(option.name());
    assertThat(option.description()).endsWith(".");
  }

  private static Set<String> methods(Class<?> type) {
    return Arrays.stream(type.getMethods()).map(m -> m.getName()).collect(Collectors.toSet());
  }

  @ParameterizedTest
  @MethodSource("options")
  void isReadFromTextAndKeptByCopiesAndComparisons(BoxOption<?> option) {
    BoxOptions plain = BoxOptions.builder().build();
    BoxOptions options = BoxOptions.builder().read(option, texts(option), HERE).build();

    assertThat(options).isNotEqualTo(plain);
    assertThat(options.toString()).startsWith("[" + option.name() + "=");
    assertThat(options.get(option)).isNotEqualTo(plain.get(option)).isPresent();
    BoxOptions again = BoxOptions.builder().read(option, texts(option), HERE).build();
    assertThat(again).isEqualTo(options).hasSameHashCodeAs(options);
    assertThat(options.toBuilder().build()).isEqualTo(options);
    assertThat(BoxOptions.builder().readAttribute(option, attribute(option), HERE).build())
        .isEqualTo(options);
  }

  private static List<String> texts(BoxOption<?> option) {
    return Optional.ofNullable(TEXTS.get(option))
        .orElseThrow(() -> new AssertionError("this test has no text for " + option));
  }

  private static Object attribute(BoxOption<?> option) {
    List<String> texts = texts(option);
    return option.isList() ? texts.toArray(String[]::new) : texts.get(0);
  }

  @ParameterizedTest
  @MethodSource("options")
  void isLeftAloneByAnAttributeThatSaysNothing(BoxOption<?> option) {
    assertThat(option.readAttribute(new String[0], HERE)).isEmpty();
    if (!option.isList()) {
      assertThat(
              option.readAttribute(
                  option == BoxOption.ACCELERATOR
                      ? Accelerator.AUTO
                      : option == BoxOption.ADDRESS_RANDOMIZATION ? (Object) false : "",
                  HERE))
          .isEmpty();
    }
  }

  @Test
  void readsAttributesOfEveryTypeThatAnAnnotationCanHave() {
    assertThat(BoxOption.CPUS.readAttribute(3, HERE)).contains(3);
    assertThat(BoxOption.ACCELERATOR.readAttribute(Accelerator.KVM, HERE))
        .contains(Accelerator.KVM);
    assertThat(BoxOption.ADDRESS_RANDOMIZATION.readAttribute(true, HERE)).contains(true);
    assertThat(BoxOption.ENV.readAttribute(List.of("A=1"), HERE)).contains(Map.of("A", "1"));
    assertThat(BoxOption.PULL_POLICY.readAttribute(new PullPolicy[] {PullPolicy.NEVER}, HERE))
        .contains(PullPolicy.NEVER);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cpus                 | many    | cpus is "many"; it must be a whole number
          cpus                 | 65      | cpus is 65; it must be from 1 to 64
          accelerator          | hax     | accelerator is "hax"; it must be one of [AUTO, KVM, TCG]
          addressRandomization | yes     | addressRandomization is "yes"; it must be true or false
          startTimeout         | 5       | startTimeout is "5"; it must be a time with its unit
          hostname             | -a      | hostname is "-a"; it must be 1 to 63 letters
          env                  | LANG    | env entry "LANG" must be of the form "NAME=value"
          files                | a.txt   | files entry "a.txt" must be of the form "SOURCE -> TARGET"
          network              | a:0     | network rule is "a:0"; ports are from 1 to 65535
          volumes              | data    | volumes entry "data" must be of the form "DIRECTORY:/PATH" or "NAME:/PATH"
          volumes              | a:b     | volumes entry "a:b" must be of the form
          volumes              | /a:/b:rx | volumes entry "/a:/b:rx" ends with ":rx"; the mode must be ":ro", ":rw" or ":shared"
          volumes              | /a:/b:Z | the mode must be ":ro", ":rw" or ":shared"
          volumes              | -a:/b   | volumes entry "-a:/b": volume name is "-a"; it must be 1 to 64 letters
          volumes              | a:/     | nothing can be mounted on /, /etc, /proc, /sys or /dev
          volumes              | a:/dev/x | nothing can be mounted on /, /etc, /proc, /sys or /dev
          volumes              | a:/x/../y | volume path is "/x/../y"; it must not contain . or .. as a name
          tmpfs                | /a      | tmpfs entry "/a" must be of the form "/PATH:SIZE"
          tmpfs                | /a:5    | tmpfs entry "/a:5": it must be a size with its unit
          tmpfs                | /a:1KiB | tmpfs entry "/a:1KiB": the size must be whole MiB
          tmpfs                | a:1MiB  | tmpfs path is "a"; it must be an absolute path in the box
          tmpfs                | /a:0MiB | tmpfs size of /a is 0; it must be from 1 to 1048576
          security             | high    | security begins with "high"; did you mean
          """)
  void refusesOtherTextAndSaysWhatItTakes(String name, String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxOption.named(name).orElseThrow().read(List.of(text), HERE))
        .withMessageContaining(message);
  }

  @Test
  void takesOneTextUnlessItIsAList() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxOption.CPUS.read(List.of("1", "2"), HERE))
        .withMessage("cpus is [1, 2]; it takes one value, not 2");
  }

  @Test
  void givesEachShellCommandTimeForAPackageManager() {
    assertThat(BoxOption.PREPARE.read(List.of("apk add gcc"), HERE))
        .singleElement()
        .isEqualTo(Command.of("sh", "-c", "apk add gcc").timeout(Duration.ofMinutes(10)));
  }

  @Test
  void makesNoDifferenceToTheTemplateWhereItConcernsTheBoxAlone() {
    BoxOptions plain = BoxOptions.builder().memoryMib(256).build();
    BoxOptions named =
        plain.toBuilder()
            .name("n")
            .hostname("h")
            .pullPolicy(PullPolicy.NEVER)
            .startTimeout(Duration.ofSeconds(9))
            .env("A", "1")
            .user("nobody")
            .security(SecurityOptions.maximum())
            .volume("data", "/data")
            .tmpfs("/scratch", 1)
            .build();
    assertThat(named.ofTemplate()).isEqualTo(plain);
    BoxOptions prepared = named.toBuilder().prepare(Command.of("true")).build();
    assertThat(prepared.ofTemplate())
        .isEqualTo(
            plain.toBuilder()
                .env("A", "1")
                .user("nobody")
                .security(SecurityOptions.maximum())
                .prepare(Command.of("true"))
                .build());
    assertThat(plain.toBuilder().workingDir("/w").build().ofTemplate()).isNotEqualTo(plain);
  }

  @Test
  void whetherThereIsANetworkMakesADifferenceToEachTemplateAndItsRulesToPreparedOnes() {
    BoxOptions without = BoxOptions.builder().memoryMib(256).build();
    BoxOptions some = without.toBuilder().network(Network.allow("a.example")).build();
    BoxOptions other = without.toBuilder().network(Network.outbound().and("b.example")).build();
    assertThat(some.ofTemplate()).isEqualTo(other.ofTemplate()).isNotEqualTo(without.ofTemplate());
    assertThat(without.toBuilder().network(Network.none()).build().ofTemplate()).isEqualTo(without);
    Command command = Command.of("true");
    assertThat(some.toBuilder().prepare(command).build().ofTemplate())
        .isNotEqualTo(other.toBuilder().prepare(command).build().ofTemplate());
    assertThat(some.toBuilder().prepare(command).build().ofTemplate().network())
        .isEqualTo(Network.allow("a.example"));
  }

  @Test
  void doesNotTellTheValuesOfTheEnvironment() {
    assertThat(BoxOptions.builder().env("TOKEN", "secret").cpus(2).build())
        .hasToString("[cpus=2, env=[TOKEN]]");
  }

  @Test
  void readsFilesOfTheHostAndOfTheClassPath(@TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("a.txt"), "a");
    OptionContext context = OptionContext.of(directory);
    assertThat(files(context, "a.txt -> /srv/", "a.txt->/b.txt", ". -> /opt/", ". -> /"))
        .containsExactly(
            BoxFile.of(directory.resolve("a.txt"), "/srv/a.txt"),
            BoxFile.of(directory.resolve("a.txt"), "/b.txt"),
            BoxFile.of(directory, "/opt"),
            BoxFile.of(directory, "/x").at("/"));
    String own = "classpath:" + BoxOptionTest.class.getName().replace('.', '/') + ".class -> /c/";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> files(context, own))
        .withMessageContaining("there is no class path here");
    ClassLoader loader = BoxOptionTest.class.getClassLoader();
    assertThat(files(context.classPath(loader), own))
        .singleElement()
        .satisfies(file -> assertThat(file.target()).isEqualTo("/c/BoxOptionTest.class"));
    String inJar = "classpath:org/junit/jupiter/api/Test.class -> /c/";
    assertThat(files(context.classPath(loader), inJar))
        .singleElement()
        .satisfies(file -> assertThat(file.content()).startsWith(0xCA, 0xFE, 0xBA, 0xBE))
        .satisfies(file -> assertThat(file.target()).isEqualTo("/c/Test.class"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> files(context.classPath(loader), "classpath:org/junit/jupiter/api -> /c"))
        .withMessageContaining("names a directory in a jar");
  }

  private static List<BoxFile> files(OptionContext context, String... entries) {
    return BoxOption.FILES.read(List.of(entries), context);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LocalHost", "7", "0x7f", "a.b", "-a"})
  void anAliasIsANameThatProgramsLookUp(String alias) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxOptions.builder().read(BoxOption.ALIAS, List.of(alias), HERE))
        .withMessageContaining("alias is \"" + alias + "\"");
  }

  @Test
  void readsVolumesOfTheHostAndNamedOnes(@TempDir Path directory) {
    OptionContext context = OptionContext.of(directory);
    List<String> texts =
        List.of(
            "sub/dir:/a",
            "/abs//x:/b/:ro",
            ".:/c:rw",
            "name:/d",
            "n.1_-:/e:ro",
            "/q:1:/f",
            "n:/g:shared");
    assertThat(BoxOption.VOLUMES.read(texts, context))
        .containsExactly(
            BoxVolume.of(directory.resolve("sub/dir"), "/a", VolumeMode.READ_WRITE),
            BoxVolume.of(Path.of("/abs/x"), "/b", VolumeMode.READ_ONLY),
            BoxVolume.of(directory, "/c", VolumeMode.READ_WRITE),
            BoxVolume.named("name", "/d", VolumeMode.READ_WRITE),
            BoxVolume.named("n.1_-", "/e", VolumeMode.READ_ONLY),
            BoxVolume.of(Path.of("/q:1"), "/f", VolumeMode.READ_WRITE),
            BoxVolume.named("n", "/g", VolumeMode.SHARED));
    assertThat(BoxVolume.named("n", "/d", VolumeMode.READ_ONLY)).hasToString("n:/d:ro");
    assertThat(BoxVolume.named("n", "/d", VolumeMode.SHARED)).hasToString("n:/d:shared");
    assertThat(BoxOptions.builder().volume("a", "/a").volume(directory, "/b", VolumeMode.READ_ONLY))
        .satisfies(
            builder ->
                assertThat(builder.build().volumes())
                    .extracting(BoxVolume::path, BoxVolume::name)
                    .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("/a", Optional.of("a")),
                        org.assertj.core.groups.Tuple.tuple("/b", Optional.empty())));
  }

  @Test
  void refusesTwoMountsAtOnePath() {
    BoxOptions.Builder options = BoxOptions.builder().volume("a", "/a/b");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.volume("c", "/a//b/"))
        .withMessage("volumes has two entries for /a/b; remove one of them");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxOption.TMPFS.read(List.of("/a:1m", "/a/:2m"), HERE))
        .withMessage("tmpfs has two entries for /a; remove one of them");
    assertThat(options.tmpfs("/t", 1).tmpfs("/t", 2).build().tmpfs()).isEqualTo(Map.of("/t", 2));
  }

  @Test
  void filesAreEqualByWhatTheyNameAndByTheirBytes() {
    BoxFile file = BoxFile.of("a".getBytes(StandardCharsets.UTF_8), "/a");
    assertThat(file).isEqualTo(BoxFile.of("a".getBytes(StandardCharsets.UTF_8), "/a"));
    assertThat(file).isNotEqualTo(BoxFile.of("b".getBytes(StandardCharsets.UTF_8), "/a"));
    assertThat(file).isNotEqualTo(file.attributes(FileAttributes.unchanged().mode(0600)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxFile.of(new byte[0], "/a/"))
        .withMessageContaining("must be the path of a file");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxFile.of(Path.of("a"), "b"))
        .withMessageContaining("target is \"b\"");
  }
}
