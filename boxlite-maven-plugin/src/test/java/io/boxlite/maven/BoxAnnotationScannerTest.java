package io.boxlite.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.Accelerator;
import io.boxlite.BoxOptions;
import io.boxlite.Command;
import io.boxlite.LiteBox;
import io.boxlite.OptionContext;
import io.boxlite.junit.Box;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoxAnnotationScannerTest {
  @TempDir Path classes;
  private final List<String> warnings = new ArrayList<>();

  @Box(image = "meta:1", memoryMib = 256)
  @Retention(RetentionPolicy.RUNTIME)
  @interface Meta {
    int cpus() default 2;

    int memoryMib() default 384;

    Accelerator accelerator() default Accelerator.TCG;
  }

  @Meta
  @Retention(RetentionPolicy.RUNTIME)
  @interface MetaOfMeta {}

  @Loop
  @Retention(RetentionPolicy.RUNTIME)
  @interface Loop {}

  static class Fields {
    @Box(
        image = "field:1",
        cpus = 2,
        diskMib = 64,
        accelerator = Accelerator.TCG,
        addressRandomization = true)
    @Nullable LiteBox field;

    @Box @Nullable LiteBox plain;
  }

  static class Parameters {
    Parameters(@Box(image = "constructor:1") LiteBox box) {
      throw new AssertionError("class files are read, not run: " + box);
    }

    void test(int number, @Box(image = "parameter:1", env = "A=b") LiteBox box) {}

    @Loop
    void other(@Deprecated String text) {}
  }

  static class Carriers {
    void one(@Meta LiteBox box) {}

    void two(@MetaOfMeta LiteBox box) {}

    void three(@Meta(memoryMib = 640) LiteBox box) {}
  }

  static class Wrong {
    void test(@Box(memoryMib = 1) LiteBox box) {}
  }

  static class Failing {
    static Command commands() {
      throw new IllegalStateException("the data is missing");
    }

    void test(@Box(prepareMethod = "commands") LiteBox box) {}
  }

  static class WithoutMethod {
    void test(@Box(prepareMethod = "commands") LiteBox box) {}
  }

  @BeforeEach
  void startEmpty() {
    warnings.clear();
  }

  @Test
  void findsFields() throws Exception {
    List<BoxOptions> found = optionsIn(Fields.class);
    assertThat(found).hasSize(2);
    assertThat(found.get(0).image()).contains("field:1");
    assertThat(found.get(0).cpus()).isEqualTo(2);
    assertThat(found.get(0).diskMib()).isEqualTo(64);
    assertThat(found.get(0).accelerator()).contains(Accelerator.TCG);
    assertThat(found.get(0).addressRandomization()).contains(true);
    assertThat(found.get(1).image()).isEmpty();
    assertThat(found.get(1).memoryMib()).isEqualTo(512);
  }

  @Test
  void findsParametersOfMethodsAndConstructors() throws Exception {
    assertThat(optionsIn(Parameters.class))
        .extracting(options -> options.image().orElse(""))
        .containsExactlyInAnyOrder("constructor:1", "parameter:1");
  }

  @Test
  void findsWhatOtherAnnotationsCarry() throws Exception {
    assertThat(optionsIn(Carriers.class))
        .allSatisfy(options -> assertThat(options.image()).contains("meta:1"))
        .allSatisfy(options -> assertThat(options.cpus()).isEqualTo(2))
        .allSatisfy(options -> assertThat(options.accelerator()).contains(Accelerator.TCG))
        .extracting(BoxOptions::memoryMib)
        .containsExactlyInAnyOrder(384, 384, 640);
  }

  @Test
  void findsNothingInAnAnnotationThatNobodyUses() throws Exception {
    try (BoxAnnotationScanner scanner = new BoxAnnotationScanner(List::of, warnings::add)) {
      copy(Meta.class);
      assertThat(scanner.scan(classes)).isEmpty();
    }
  }

  @Test
  void namesTheClassOfABoxThatCannotBe() {
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(() -> optionsIn(Wrong.class))
        .withMessageContaining("@Box in " + Wrong.class.getName() + ": memoryMib is 1");
  }

  @Test
  void namesAPrepareMethodThatFailsWithItsException() {
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(() -> prepared(Failing.class))
        .withMessage(
            "@Box in %1$s: prepareMethod %1$s#commands failed: java.lang.IllegalStateException: the"
                + " data is missing",
            Failing.class.getName())
        .withRootCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void namesAPrepareMethodThatDoesNotExist() {
    assertThatExceptionOfType(InvalidConfigurationException.class)
        .isThrownBy(() -> prepared(WithoutMethod.class))
        .withMessage(
            "@Box in %1$s: prepareMethod is \"commands\"; there must be a static method"
                + " %1$s#commands without parameters",
            WithoutMethod.class.getName());
  }

  @Test
  void findsNothingWhereThereIsNoDirectory() throws Exception {
    try (BoxAnnotationScanner scanner = new BoxAnnotationScanner(List::of, warnings::add)) {
      assertThat(scanner.scan(classes.resolve("none"))).isEmpty();
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void warnsOfAClassThatItCannotRead() throws Exception {
    Files.write(classes.resolve("Future.class"), new byte[] {1, 2, 3, 4, 0, 0, 0x7f, 0, 0, 0, 0});
    try (BoxAnnotationScanner scanner = new BoxAnnotationScanner(List::of, warnings::add)) {
      assertThat(scanner.scan(classes)).isEmpty();
    }
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("cannot scan " + classes.resolve("Future.class") + " for @Box");
  }

  private List<BoxOptions> optionsIn(Class<?> type) throws Exception {
    Path all = copy(type);
    try (BoxAnnotationScanner scanner =
        new BoxAnnotationScanner(() -> List.of(all), warnings::add)) {
      List<BoxAnnotationScanner.Declaration> found = scanner.scan(classes);
      assertThat(found)
          .extracting(BoxAnnotationScanner.Declaration::where)
          .containsOnly(type.getName());
      assertThat(warnings).isEmpty();
      return found.stream().map(one -> one.options(OptionContext.of(Path.of("")))).toList();
    }
  }

  private BoxOptions prepared(Class<?> type) throws Exception {
    Path all = copy(type);
    try (BoxAnnotationScanner scanner =
        new BoxAnnotationScanner(() -> List.of(all), warnings::add)) {
      BoxAnnotationScanner.Declaration found = scanner.scan(classes).get(0);
      return found.prepared(
          found.prepareMethod().orElseThrow(),
          found.options(OptionContext.of(Path.of(""))),
          scanner.loader());
    }
  }

  private Path copy(Class<?> type) throws Exception {
    Path all = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path copy = classes.resolve(type.getName().replace('.', '/') + ".class");
    Files.createDirectories(copy.getParent());
    Files.copy(all.resolve(classes.relativize(copy)), copy);
    return all;
  }
}
