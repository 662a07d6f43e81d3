package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BoxOptionsTest {
  @Test
  void startWithTheDefaults() {
    BoxOptions options = BoxOptions.builder().build();
    assertThat(options.image()).isEmpty();
    assertThat(options.cpus()).isEqualTo(1);
    assertThat(options.memoryMib()).isEqualTo(512);
    assertThat(options.diskMib()).isEqualTo(1024);
    assertThat(options.network()).isEqualTo(Network.none());
    assertThat(options.pullPolicy()).isEmpty();
    assertThat(options.accelerator()).isEmpty();
    assertThat(options.addressRandomization()).isEmpty();
    assertThat(options.startTimeout()).isEmpty();
  }

  @Test
  void keepEveryValueAndDoNotChangeWithTheirBuilder() {
    BoxOptions.Builder builder =
        BoxOptions.image("python:slim")
            .cpus(2)
            .memoryMib(256)
            .diskMib(64)
            .workingDir("/w")
            .env("A", "1")
            .user("me")
            .hostname("box-1")
            .name("n.1_x")
            .pullPolicy(PullPolicy.NEVER)
            .accelerator(Accelerator.TCG)
            .addressRandomization(true)
            .startTimeout(Duration.ofSeconds(9));
    BoxOptions options = builder.build();
    builder.cpus(3).env("B", "2");
    assertThat(options.image()).contains("python:slim");
    assertThat(options.cpus()).isEqualTo(2);
    assertThat(options.env()).isEqualTo(Map.of("A", "1"));
    BoxOptions copy = options.toBuilder().build();
    assertThat(copy).usingRecursiveComparison().isEqualTo(options);
    assertThat(copy.name()).contains("n.1_x");
    assertThat(copy.addressRandomization()).contains(true);
    assertThat(copy.startTimeout()).contains(Duration.ofSeconds(9));
  }

  static Object[][] faults() {
    return new Object[][] {
      {fault(b -> b.image("")), "image is blank"},
      {fault(b -> b.cpus(0)), "cpus is 0; it must be from 1 to 64"},
      {fault(b -> b.cpus(65)), "cpus is 65"},
      {fault(b -> b.memoryMib(127)), "memoryMib is 127; it must be from 128"},
      {fault(b -> b.diskMib(15)), "diskMib is 15; it must be from 16"},
      {fault(b -> b.workingDir("")), "workingDir is \"\"; it must be an absolute path"},
      {fault(b -> b.env("=", "")), "environment variable name is \"=\""},
      {fault(b -> b.user("")), "user is blank"},
      {fault(b -> b.hostname("-a")), "hostname is \"-a\""},
      {fault(b -> b.hostname("a".repeat(64))), "hostname is \"aaa"},
      {fault(b -> b.name("a/b")), "name is \"a/b\""},
      {fault(b -> b.startTimeout(Duration.ofHours(2))), "startTimeout is PT2H"},
    };
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("faults")
  void nameTheArgumentAndItsValueWhenItIsWrong(Consumer<BoxOptions.Builder> fault, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fault.accept(BoxOptions.builder()))
        .withMessageContaining(message);
  }

  private static Consumer<BoxOptions.Builder> fault(Consumer<BoxOptions.Builder> fault) {
    return fault;
  }

  @Test
  void haveNoNetworkThatTheirSecurityForbids() {
    BoxOptions.Builder builder =
        BoxOptions.builder()
            .network(Network.allow("a.example"))
            .security(SecurityOptions.standard().networkEnabled(false))
            .env("A", "1"); // the order of the calls makes no difference
    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessageContaining("network is \"a.example\"")
        .withMessageContaining("security has networkEnabled=false");
    assertThat(builder.network(Network.none()).build().network().isNone()).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                builder
                    .read(BoxOption.JOIN, List.of("backend"), OptionContext.of(Path.of("")))
                    .build())
        .withMessageContaining("join is \"backend\"")
        .withMessageContaining("security has networkEnabled=false");
  }

  @Test
  void preparationCanBeRunAgainWithoutAnybodyAtATerminal() {
    Command streaming = Command.of("cat").stdin(InputStream.nullInputStream());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxOptions.builder().prepare(streaming))
        .withMessageContaining("`cat`")
        .withMessageContaining("read only once");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxOptions.builder().prepare(Command.of("sh").tty(24, 80)))
        .withMessageContaining("terminal");
    assertThat(BoxOptions.builder().prepare(Command.of("cat").stdin("x")).build().prepare())
        .hasSize(1);
  }
}
