package io.boxlite.internal.host.jail;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramFilesTest {
  @TempDir Path directory;

  @Test
  void holdsADynamicProgramWithItsLibrariesAndNothingElse() throws IOException {
    Path program = Path.of("/bin/cat").toRealPath();
    ProgramFiles files = ProgramFiles.of(program, List.of());
    assertThat(files.binds())
        .contains(Bind.readOnly(program))
        .extracting(Bind::target)
        .doesNotContain(Path.of("/usr"), Path.of("/usr/bin"), Path.of("/etc"))
        .anyMatch(path -> path.toString().contains("lib"));
  }

  @Test
  void showsAScriptTheSystemsPrograms() throws IOException {
    Path script = Files.writeString(directory.resolve("script"), "#!/bin/sh\n");
    assertThat(ProgramFiles.of(script, List.of()).binds())
        .contains(Bind.readOnly(Path.of("/usr")), Bind.readOnly(script));
  }
}
