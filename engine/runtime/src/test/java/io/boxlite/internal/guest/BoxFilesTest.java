package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import io.boxlite.BoxLostException;
import io.boxlite.FileAttributes;
import io.boxlite.internal.guest.proto.Directory;
import io.boxlite.internal.guest.proto.FileEntry;
import io.boxlite.internal.guest.proto.FilePart;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Files of guests that violate the protocol, or stop in the middle. */
class BoxFilesTest extends WithFakeGuest {
  private static final FilePart FILE = entry(FileEntry.newBuilder().setFileSize(2));
  private static final FilePart DATA =
      FilePart.newBuilder().setData(ByteString.copyFromUtf8("hi")).build();

  private static FilePart entry(FileEntry.Builder entry) {
    return FilePart.newBuilder().setEntry(entry).build();
  }

  @Test
  void readsAFile() {
    guest.onGetFiles(request -> List.of(FILE, DATA, DATA));
    assertThat(client.files().read("/f", 4)).asString().isEqualTo("hihi");
  }

  @Test
  void losesAGuestThatSendsNoContentButGoesOn() {
    // Each of these messages is within all limits, so the guest could send them forever.
    guest.onGetFiles(request -> Collections.nCopies(1000, FILE));
    requireViolationByRead("something other than the content of a file");
  }

  @Test
  void losesAGuestThatSendsSomethingElseThanAFile() {
    guest.onGetFiles(
        request ->
            List.of(entry(FileEntry.newBuilder().setDirectory(Directory.getDefaultInstance()))));
    requireViolationByRead("no file first");
  }

  @Test
  void losesAGuestThatSendsTooMuch() {
    guest.onGetFiles(request -> List.of(FILE, DATA, DATA, DATA));
    requireViolationByRead("more than the requested 4 bytes");
  }

  private void requireViolationByRead(String what) {
    assertThatExceptionOfType(BoxLostException.class)
        .isThrownBy(() -> client.files().read("/f", 4))
        .withMessageContaining("its guest violated the protocol: it sent " + what);
  }

  @Test
  void losesAGuestThatReportsFilesAsCompleteTooEarly() {
    guest.answeringBeforeTheFiles();
    assertThatExceptionOfType(BoxLostException.class)
        .isThrownBy(
            () -> client.files().write("/f", new byte[32 << 20], FileAttributes.unchanged()))
        .withMessageContaining("it sent the response to a copy before its end");
  }

  @Test
  void losesAGuestThatStopsInTheMiddleOfAFile() {
    guest.onGetFiles(request -> List.of());
    try (AgentClient hasty = hasty()) {
      assertThatExceptionOfType(BoxLostException.class)
          .isThrownBy(() -> hasty.files().read("/f", 4))
          .withMessageContaining("did not continue to copy files for 400 ms");
    }
  }

  private AgentClient hasty() {
    return AgentClient.connect(
        "b2", guest.link(), () -> "", HostStalls.NONE, Duration.ofMillis(100));
  }

  @Test
  void saysThatACopyWasInterrupted() {
    assertThat(BoxFiles.because(Path.of("f"), new ClosedByInterruptException()))
        .isEqualTo("f: interrupted");
  }
}
