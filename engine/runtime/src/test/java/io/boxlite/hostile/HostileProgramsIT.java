package io.boxlite.hostile;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs that mean harm, one after the other in one box, which must stay as good as new. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class HostileProgramsIT {
  private TestedBox box;

  static Stream<HostileProgram> programs() {
    return Stream.of(
            ProcessPrograms.all(),
            TimePrograms.all(),
            MemoryPrograms.all(),
            FilePrograms.all(),
            OutputPrograms.all(),
            EscapePrograms.all(),
            SpyingPrograms.all())
        .flatMap(List::stream);
  }

  @BeforeAll
  void create(@TempDir Path directory) {
    box = new TestedBox(directory);
  }

  @AfterAll
  void close() {
    box.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("programs")
  void leavesTheBoxAsGoodAsNew(HostileProgram program) {
    box.run(program);
  }
}
