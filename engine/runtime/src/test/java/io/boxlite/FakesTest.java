package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That tests of programs that use boxes can do without virtual machines. */
class FakesTest {
  /** A box whose commands exit with 0 and write their arguments. */
  private record EchoBox(BoxInfo info) implements LiteBox {
    @Override
    public ExecResult exec(Command command) {
      return ExecResult.builder().stdout(String.join(" ", command.argv())).command(command).build();
    }

    @Override
    public Execution start(Command command) {
      throw new UnsupportedOperationException("start");
    }

    @Override
    public BoxFileSystem files() {
      throw new UnsupportedOperationException("files");
    }

    @Override
    public void close() {}
  }

  /** Creates such boxes. */
  private record EchoBoxes(List<LiteBox> list) implements Boxlite {
    @Override
    public LiteBox create(BoxOptions options) {
      BoxInfo.Builder info = BoxInfo.builder("box-" + list.size());
      options.name().ifPresent(info::name);
      LiteBox box = new EchoBox(info.build());
      list.add(box);
      return box;
    }

    @Override
    public void close() {
      list.clear();
    }
  }

  @Test
  void aFakeBoxRunsCommandsInAllTheWaysThatUsersKnow() {
    try (LiteBox box = new EchoBox(BoxInfo.builder("fake").name("echo").build())) {
      assertThat(box.id()).isEqualTo("fake");
      assertThat(box.name()).contains("echo");
      assertThat(box.exec("a", "b").stdout()).isEqualTo("a b");
      assertThat(box.execAll(Command.of("cat"), List.of(new byte[1], new byte[2]))).hasSize(2);
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(box::reset)
          .withMessageContaining("EchoBox has no reset()");
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(box::isolation)
          .withMessageContaining("EchoBox has no isolation()");
    }
  }

  @Test
  void aFakeBoxTellsTheIsolationOfItsInfo() {
    IsolationReport isolation =
        IsolationReport.builder(
                SecurityOptions.standard(), IsolationReport.Boundary.HARDWARE_VIRTUALIZATION)
            .build();
    BoxInfo info = BoxInfo.builder("fake").isolation(isolation).build();
    assertThat(info).isNotEqualTo(BoxInfo.builder("fake").build());
    assertThat(info.toBuilder().build()).isEqualTo(info);
    try (LiteBox box = new EchoBox(info)) {
      assertThat(box.isolation()).isEqualTo(isolation);
    }
  }

  @Test
  void aFakeBoxliteFindsAndRemovesItsBoxes() {
    try (Boxlite boxlite = new EchoBoxes(new ArrayList<>())) {
      LiteBox box = boxlite.create(BoxOptions.builder().name("one").build());
      assertThat(boxlite.get("one")).containsSame(box);
      assertThat(boxlite.get("box-0")).containsSame(box);
      assertThat(boxlite.get("two")).isEmpty();
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> boxlite.remove("one", false));
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> boxlite.remove("two", true))
          .withMessageContaining("no box has this id or name");
    }
  }

  @Test
  void resultsAndDescriptionsAreValues() {
    ExecResult result = ExecResult.builder().stdout("hi").exitCode(3).build();
    assertThat(result).isEqualTo(result.toBuilder().build());
    assertThat(result).hasSameHashCodeAs(result.toBuilder().build());
    assertThat(result).isNotEqualTo(result.toBuilder().stdout("ho").build());
    assertThat(result.toString()).contains("exitCode=3", "stdout=\"hi\"");
    BoxInfo box = BoxInfo.builder("a").cpus(2).build();
    assertThat(box).isEqualTo(BoxInfo.builder("a").cpus(2).build());
    assertThat(box).isNotEqualTo(box.toBuilder().cpus(3).build());
    ImageInfo image = ImageInfo.builder("a", "sha256:0").environment(Map.of("A", "b")).build();
    assertThat(image).isEqualTo(image.toBuilder().build());
    assertThat(image.environment()).containsExactly(Map.entry("A", "b"));
  }
}
