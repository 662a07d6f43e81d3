package io.boxlite.junit.internal.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.BoxFileSystem;
import io.boxlite.BoxInfo;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import io.boxlite.IsolationReport;
import io.boxlite.IsolationReport.Boundary;
import io.boxlite.LiteBox;
import io.boxlite.SecurityOptions;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class BoxTranscriptTest {
  private static final IsolationReport ISOLATION =
      IsolationReport.builder(SecurityOptions.standard(), Boundary.EMULATION)
          .allowedSystemCalls(92)
          .build();

  /** A box in which nothing runs. */
  private record SilentBox(BoxInfo info) implements LiteBox {
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

  private static BoxTranscript transcript(BoxInfo info) {
    RecordedBox box = new RecordedBox(new SilentBox(info));
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
  void saysNothingOfAnIsolationThatIsUnknown() {
    BoxTranscript transcript = transcript(BoxInfo.builder("b1").build());
    assertThat(transcript.text()).doesNotContain("isolation").endsWith("for this test\n");
    assertThat(new String(transcript.files().get("b1.txt"), UTF_8)).doesNotContain("isolation");
  }
}
