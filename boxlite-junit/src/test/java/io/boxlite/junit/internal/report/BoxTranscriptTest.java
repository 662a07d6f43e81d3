package io.boxlite.junit.internal.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.BoxFileSystem;
import io.boxlite.BoxInfo;
import io.boxlite.BoxliteException;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import io.boxlite.IsolationReport;
import io.boxlite.IsolationReport.Boundary;
import io.boxlite.LiteBox;
import io.boxlite.MainCommand;
import io.boxlite.SecurityOptions;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class BoxTranscriptTest {
  private static final IsolationReport ISOLATION =
      IsolationReport.builder(SecurityOptions.standard(), Boundary.EMULATION)
          .allowedSystemCalls(92)
          .build();

  /** A box in which nothing runs. */
  private static class SilentBox implements LiteBox {
    private final BoxInfo info;

    SilentBox(BoxInfo info) {
      this.info = info;
    }

    @Override
    public BoxInfo info() {
      return info;
    }

    @Override
    public ExecResult exec(Command command) {
      throw new UnsupportedOperationException("exec");
    }

    @Override
    public Execution start(Command command) {
      throw new UnsupportedOperationException("start");
    }

    @Override
    public void onExecution(Consumer<Execution> observer) {}

    @Override
    public BoxFileSystem files() {
      throw new UnsupportedOperationException("files");
    }

    @Override
    public void close() {}
  }

  /** A main command that has written a lot. */
  private record Server(Optional<ExecResult> result, String stdout) implements MainCommand {
    @Override
    public Command command() {
      return Command.of("httpd", "-f");
    }

    @Override
    public boolean isRunning() {
      return result.isEmpty();
    }

    @Override
    public CompletableFuture<ExecResult> onExit() {
      throw new UnsupportedOperationException("onExit");
    }

    @Override
    public String stderr() {
      return "";
    }

    @Override
    public boolean stdoutTruncated() {
      return true;
    }

    @Override
    public boolean stderrTruncated() {
      return false;
    }

    @Override
    public InputStream followStdout() {
      throw new UnsupportedOperationException("followStdout");
    }

    @Override
    public InputStream followStderr() {
      throw new UnsupportedOperationException("followStderr");
    }

    @Override
    public void signal(int signal) {
      throw new UnsupportedOperationException("signal");
    }
  }

  private static BoxTranscript transcript(BoxInfo info) {
    return transcript(new SilentBox(info));
  }

  private static BoxTranscript transcript(Supplier<MainCommand> main) {
    return transcript(
        new SilentBox(BoxInfo.builder("b1").build()) {
          @Override
          public Optional<MainCommand> mainCommand() {
            return Optional.of(main.get());
          }
        });
  }

  private static BoxTranscript transcript(LiteBox of) {
    RecordedBox box = new RecordedBox(of);
    return BoxTranscript.of(new BoxUse(box, 0, false, new TestThreads(true)));
  }

  @Test
  void saysOnOneLineHowTheBoxWasIsolated() {
    BoxTranscript transcript = transcript(BoxInfo.builder("b1").isolation(ISOLATION).build());
    String line = "\n  isolation: " + ISOLATION + "\n";
    assertThat(transcript.text()).contains(" ran no command for this test" + line);
    assertThat(new String(transcript.files().get("b1.txt"), UTF_8)).endsWith(line);
  }

  @Test
  void showsTheEndOfTheOutputOfTheMainCommand() {
    String lines = "a line\n".repeat(100) + "the last one\n";
    BoxTranscript running = transcript(() -> new Server(Optional.empty(), lines));
    assertThat(running.text())
        .contains(
            "  main command `httpd -f` is running\n"
                + "    stdout:      713 bytes, the end of more output, the end:\n"
                + "      a line\n",
            "      the last one\n    stderr:      empty\n")
        .hasSizeLessThan(600);
    assertThat(running.files()).containsOnlyKeys("b1.txt", "b1.main.stdout");
    assertThat(running.files().get("b1.main.stdout")).asString(UTF_8).isEqualTo(lines);
    ExecResult exited = ExecResult.builder().exitCode(3).build();
    assertThat(transcript(() -> new Server(Optional.of(exited), "")).text())
        .contains("  main command `httpd -f` exited with 3\n    stdout:      empty\n");
  }

  @Test
  void saysThatABoxDoesNotAnswer() {
    BoxTranscript transcript =
        transcript(
            () -> {
              throw new BoxliteException("the guest did not report it");
            });
    assertThat(transcript.text())
        .contains("  main command: its state is unknown: the guest did not report it");
  }

  @Test
  void saysNothingOfAnIsolationThatIsUnknown() {
    BoxTranscript transcript = transcript(BoxInfo.builder("b1").build());
    assertThat(transcript.text()).doesNotContain("isolation").endsWith("for this test\n");
    assertThat(new String(transcript.files().get("b1.txt"), UTF_8)).doesNotContain("isolation");
  }
}
