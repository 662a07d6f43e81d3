package io.boxlite.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.Accelerator;
import io.boxlite.BoxOption;
import io.boxlite.BoxOptions;
import io.boxlite.BoxVolume;
import io.boxlite.Command;
import io.boxlite.Network;
import io.boxlite.Outcome;
import io.boxlite.OutputKeep;
import io.boxlite.Secret;
import io.boxlite.SecurityOptions;
import io.boxlite.StartCommand;
import io.boxlite.VolumeMode;
import io.boxlite.Wait;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.codehaus.plexus.configuration.xml.XmlPlexusConfiguration;
import org.codehaus.plexus.util.xml.Xpp3DomBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckReaderTest {
  private static final String SMALL = "<name>x</name><command>true</command>";

  @Test
  void readsEveryField() throws Exception {
    Check check =
        only(
            """
            <name>grades</name>
            <image>python:slim</image>
            <command><arg>python3</arg><arg>-c</arg><arg /></command>
            <env><LANG>C.UTF-8</LANG><EMPTY /></env>
            <workingDir>/checks</workingDir>
            <user>nobody</user>
                  <files><file><source>src/a.py</source><target>/checks/a.py</target>
                    <owner>nobody</owner><mode>0640</mode></file></files>
            <stdinFile>in.txt</stdinFile>
            <box><cpus>2</cpus><memoryMib>256</memoryMib><diskMib>64</diskMib>
              <accelerator>tcg</accelerator><addressRandomization>true</addressRandomization>
              <startTimeout>2min</startTimeout></box>
            <limits><timeout>5s</timeout><cpuTime>PT1.5S</cpuTime><memoryMib>64</memoryMib>
              <stackMib>32</stackMib><maxProcesses>16</maxProcesses><maxOpenFiles>32</maxOpenFiles>
              <maxFileSizeMib>8</maxFileSizeMib><maxOutput>64KiB</maxOutput>
              <keepOutput>tail</keepOutput></limits>
            <expect><exitCode>137</exitCode><outcome>out-of-memory</outcome>
              <stdout><contains>a</contains><contains>b</contains><matches>.*</matches></stdout>
              <stderr><equalsFile>err.txt</equalsFile></stderr>
              <maxWallTime>500ms</maxWallTime><maxMemory>64MiB</maxMemory></expect>
            """);
    assertThat(check.name()).isEqualTo("grades");
    assertThat(check.box().image()).contains("python:slim");
    assertThat(check.box().cpus()).isEqualTo(2);
    assertThat(check.box().memoryMib()).isEqualTo(256);
    assertThat(check.box().diskMib()).isEqualTo(64);
    assertThat(check.box().accelerator()).contains(Accelerator.TCG);
    assertThat(check.box().addressRandomization()).contains(true);
    assertThat(check.box().startTimeout()).contains(Duration.ofMinutes(2));
    FileCopy file = check.files().get(0);
    assertThat(file.source()).isEqualTo(Path.of("/project/src/a.py"));
    assertThat(file.target()).isEqualTo("/checks/a.py");
    assertThat(file.attributes().owner()).contains("nobody");
    assertThat(file.attributes().mode()).hasValue(0640);
    assertThat(check.stdinFile()).contains(Path.of("/project/in.txt"));
    assertThat(check.command().argv()).containsExactly("python3", "-c", "");
    assertThat(check.command().env()).containsEntry("LANG", "C.UTF-8").containsEntry("EMPTY", "");
    assertThat(check.command().workingDir()).contains("/checks");
    assertThat(check.command().user()).contains("nobody");
    assertThat(check.command().timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(check.command().cpuTime()).contains(Duration.ofMillis(1500));
    assertThat(check.command().memoryMib()).isEqualTo(OptionalInt.of(64));
    assertThat(check.command().stackMib()).isEqualTo(OptionalInt.of(32));
    assertThat(check.command().maxProcesses()).isEqualTo(OptionalInt.of(16));
    assertThat(check.command().maxOpenFiles()).isEqualTo(OptionalInt.of(32));
    assertThat(check.command().maxFileSizeMib()).isEqualTo(OptionalInt.of(8));
    assertThat(check.command().maxOutputBytes()).isEqualTo(64 << 10);
    assertThat(check.command().keepOutput()).isEqualTo(OutputKeep.TAIL);
    assertThat(check.expected().exitCode()).contains(137);
    assertThat(check.expected().outcome()).contains(Outcome.OUT_OF_MEMORY);
    assertThat(check.expected().maxWallTime()).contains(Duration.ofMillis(500));
    assertThat(check.expected().maxMemory()).contains(64L << 20);
    OutputExpectation stdout = check.expected().output().get(0);
    assertThat(stdout.contains()).containsExactly("a", "b");
    assertThat(stdout.matches()).singleElement().hasToString(".*");
    assertThat(check.expected().output().get(1).equalsFile()).contains(Path.of("/project/err.txt"));
  }

  @ParameterizedTest
  @MethodSource("boxFields")
  void documentsEachOptionOfABox(String option) throws Exception {
    assertThat(Files.readString(Path.of("../docs/maven.md")))
        .as("docs/maven.md lacks the option `%s` of <box>", option)
        .contains("<" + option + ">");
    assertThat(Files.readString(Path.of("src/main/java/io/boxlite/maven/ChecksMojo.java")))
        .as("the description of the parameter `checks` lacks the option `%s` of <box>", option)
        .contains(option);
  }

  static List<String> boxFields() {
    return CheckReader.BOX_FIELDS;
  }

  @Test
  void leavesOptionsOutOfABoxWithAReason() {
    assertThat(CheckReader.NOT_IN_BOX)
        .allSatisfy((name, reason) -> assertThat(BoxOption.named(name)).as(reason).isPresent());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ports", "join", "alias"})
  void saysWhyACheckCannotBeReached(String option) {
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(() -> only(SMALL + "<box><" + option + ">8080</" + option + "></box>"))
        .withMessageContaining("<" + option + "> has no use in a check: ")
        .withMessageContaining("write a test with @Box");
  }

  @Test
  void readsAListOfTextOrOfElements() throws Exception {
    Check check =
        only(SMALL + "<box><prepare><a>one</a><a>two</a></prepare><network>none</network></box>");
    assertThat(check.box().prepare())
        .extracting(Command::argv)
        .containsExactly(List.of("sh", "-c", "one"), List.of("sh", "-c", "two"));
    assertThat(only(SMALL + "<box><prepare>one</prepare></box>").box().prepare()).hasSize(1);
  }

  @Test
  void readsTheNetworkFromOneTextOrOneElementForEachRule() throws Exception {
    Network expected = Network.outbound().and("10.0.0.0/8:5432", "[fd00::1]:80");
    assertThat(
            only(SMALL + "<box><network>outbound, 10.0.0.0/8:5432, [fd00::1]:80</network></box>")
                .box()
                .network())
        .isEqualTo(expected);
    assertThat(
            only(SMALL
                    + "<box><network><a>outbound</a><a>10.0.0.0/8:5432</a><a>[fd00::1]:80</a>"
                    + "</network></box>")
                .box()
                .network())
        .isEqualTo(expected);
  }

  @Test
  void readsSecretsWithoutTheirValues() throws Exception {
    Check check =
        only(
            SMALL
                + "<box><network>a.example</network><secrets><a>KEY -> a.example</a>"
                + "<a>B=property:no.such.property -> a.example</a></secrets></box>");
    assertThat(check.box().secrets())
        .containsExactly(
            Secret.ofEnvironment("KEY").forHosts("a.example"),
            Secret.ofProperty("B", "no.such.property").forHosts("a.example"));
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(
            () -> only(SMALL + "<box><secrets><a>KEY=topsecret -> a.example</a></secrets></box>"))
        .withMessageContaining("put it into an environment variable")
        .withMessageNotContaining("topsecret");
  }

  @Test
  void readsVolumesAgainstTheProject() throws Exception {
    Check check =
        only(
            SMALL
                + "<box><volumes><a>src/data:/data:ro</a><a>cache:/c</a></volumes>"
                + "<tmpfs>/t:1MiB</tmpfs></box>");
    assertThat(check.box().volumes())
        .containsExactly(
            BoxVolume.of(Path.of("/project/src/data"), "/data", VolumeMode.READ_ONLY),
            BoxVolume.named("cache", "/c", VolumeMode.READ_WRITE));
    assertThat(check.box().tmpfs()).containsEntry("/t", 1);
  }

  @Test
  void readsTheMainCommandAndWhatToWaitFor() throws Exception {
    BoxOptions box =
        only(SMALL
                + "<box><startCommand><arg>httpd</arg><arg>-f</arg></startCommand>"
                + "<waitFor><wait>port:80</wait><wait>http:80/ within 2min</wait></waitFor></box>")
            .box();
    assertThat(box.startCommand()).contains(StartCommand.of(Command.of("httpd", "-f")));
    assertThat(box.waitFor())
        .containsExactly(Wait.port(80), Wait.http("/", 80).timeout(Duration.ofMinutes(2)));
    BoxOptions ofImage = only(SMALL + "<box><startCommand>image</startCommand></box>").box();
    assertThat(ofImage.startCommand()).contains(StartCommand.ofImage());
  }

  @Test
  void readsSecurityFromOneTextOrOneElementForEachChange() throws Exception {
    SecurityOptions expected = SecurityOptions.maximum().maxOpenFiles(64).maxFileSize(1 << 20);
    assertThat(
            only(SMALL
                    + "<box><security>maximum, maxOpenFiles=64,"
                    + " maxFileSize=1MiB</security></box>")
                .box()
                .security())
        .isEqualTo(expected);
    assertThat(
            only(SMALL
                    + "<box><security><a>maximum</a><a>maxOpenFiles=64</a>"
                    + "<a>maxFileSize=1MiB</a></security></box>")
                .box()
                .security())
        .isEqualTo(expected);
    assertThat(only(SMALL).box().security()).isEqualTo(SecurityOptions.standard());
  }

  @Test
  void givesACommandOfTextToTheShell() throws Exception {
    assertThat(only(SMALL).command().argv()).containsExactly("sh", "-c", "true");
  }

  @Test
  void expectsExitCodeZeroUnlessToldOtherwise() throws Exception {
    assertThat(only(SMALL).expected().exitCode()).contains(0);
    assertThat(only(SMALL + "<expect><maxWallTime>1s</maxWallTime></expect>").expected().exitCode())
        .contains(0);
    assertThat(only(SMALL + "<expect><outcome>TIMED_OUT</outcome></expect>").expected().exitCode())
        .isEmpty();
  }

  @Test
  void takesAnUnlimitedStack() throws Exception {
    Check check = only(SMALL + "<limits><stackMib>unlimited</stackMib></limits>");
    assertThat(check.command().stackMib()).hasValue(Command.UNLIMITED_STACK);
    assertThat(only(SMALL).command().stackMib()).isEmpty();
  }

  @Test
  void tellsConfigurationsApart() throws Exception {
    assertThat(only(SMALL).fingerprint()).isEqualTo(only(" " + SMALL).fingerprint());
    assertThat(only(SMALL).fingerprint())
        .isNotEqualTo(only(SMALL + "<stdin>1</stdin>").fingerprint());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          <comand>x</comand>                        | check "x": <comand> is not known; did you mean <command>?
          <exitCode>1</exitCode>                    | check "x": <exitCode> is not known here; it belongs in <expect>.
          <args>x</args>                            | check "x": <args> is not known; did you mean <arg>, which belongs in <command>?
          <sources>a</sources>                      | did you mean <source>, which belongs in <file>?
          <contains>1</contains>                    | it belongs in <stdout> and <stderr>.
          <memoryMib>1</memoryMib>                  | it belongs in <box> or <limits>.
          <env>A=b</env>                            | check "x", <env>: is "A=b"; it must contain elements
          <files>a</files>                          | check "x", <files>: is "a"; it must contain elements, such as <file>
          <files><path>a</path></files>             | <path> is not allowed here; use <file> elements
          <files><file><source>a</source></file></files> | <file>: it has no <target>
          <files><file><target>/a</target></file></files> | <file>: it has no <source>
          <files><file><source>a</source><target>b</target></file></files> | <target>: is "b": it must be an absolute path in the box
          <image />                                 | check "x", <image>: it is empty
          <image><name>a</name></image>             | check "x", <image>: it must contain text, not elements
          <user>a</user><user>b</user>              | check "x": <user> occurs more than once
          <workingDir>work</workingDir>             | check "x", <workingDir>: is "work"; it must be an absolute path
          <stdin>a</stdin><stdinFile>b</stdinFile>  | it has both <stdin> and <stdinFile>
          <limits><timeout>5</timeout></limits>     | check "x", <limits>, <timeout>: is "5": it must be a time with its unit
          <limits><timeout>0s</timeout></limits>    | check "x", <limits>, <timeout>: is "0s": timeout is PT0S
          <limits><maxOutput>1x</maxOutput></limits> | <maxOutput>: is "1x": it must be a size with its unit
          <limits><memoryMib>x</memoryMib></limits> | check "x", <limits>, <memoryMib>: is "x": it must be a whole number
          <box><memoryMib>9</memoryMib></box>       | check "x", <box>, <memoryMib>: is "9"; it must be from 128
          <box><accelerator>hax</accelerator></box> | <accelerator>: is "hax"; it must be one of [AUTO, KVM, TCG]
          <expect><exitCode>256</exitCode></expect> | <exitCode>: is "256": it must be from 0 to 255
          <expect><outcome>OOM</outcome></expect>   | <outcome>: is "OOM": it must be one of [EXITED,
          <expect><stdout>hi</stdout></expect>      | check "x", <expect>, <stdout>: is "hi"; it must contain elements, such as <contains>
          <expect><stdout><matches>(</matches></stdout></expect> | check "x", <expect>, <stdout>, <matches>: is "(": Unclosed group
          <expect><stdout><equals>a</equals><equalsFile>b</equalsFile></stdout></expect> | it has both <equals> and <equalsFile>
          """)
  void refusesWhatCannotBeMeant(String elements, String message) {
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(() -> only(SMALL + elements))
        .withMessageContaining(message);
  }

  @Test
  void namesACheckWithoutNameByItsPlace() {
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(() -> read("<check>" + SMALL + "</check><check><command>x</command></check>"))
        .withMessage(
            "<checks>, <check> 2: it has no <name>; add one, which identifies it in reports");
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(() -> only("<name>x</name>"))
        .withMessage("check \"x\": it has no <command>; add the command to run");
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(() -> only("<name>x</name><command><arg /></command>"))
        .withMessageContaining("check \"x\", <command>: argv is []");
  }

  @Test
  void refusesTwoChecksOfOneName() {
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(() -> read("<check>" + SMALL + "</check><check>" + SMALL + "</check>"))
        .withMessage("<checks>, <check> 2: another check has the name \"x\"; rename one of them");
  }

  @Test
  void refusesWhatIsNoCheck() {
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(() -> read("<chek>" + SMALL + "</chek>"))
        .withMessage("<checks>: <chek> is not allowed here; use <check> elements");
  }

  private static Check only(String elements) throws Exception {
    return read("<check>" + elements + "</check>").get(0);
  }

  private static List<Check> read(String elements) throws Exception {
    var dom = Xpp3DomBuilder.build(new StringReader("<checks>" + elements + "</checks>"));
    return new CheckReader(Path.of("/project"))
        .read(new ConfigNode(new XmlPlexusConfiguration(dom), "<checks>", text -> text));
  }
}
