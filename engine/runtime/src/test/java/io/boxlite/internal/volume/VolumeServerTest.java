package io.boxlite.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.boxlite.BoxStartException;
import io.boxlite.VolumeMode;
import io.boxlite.internal.guest.FakeVolumeGuest;
import io.boxlite.internal.guest.GuestVolume;
import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.HostTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Serves a guest that is not a kernel over a real connection. */
@Timeout(120)
class VolumeServerTest {
  private static final long ROOT = Fuse.ROOT_ID;
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(500);

  @TempDir private Path above;
  private Path directory;
  private FakeVolumeGuest guest;
  private VolumeServer server;
  private FuseClient messages;

  @BeforeEach
  void open() throws IOException {
    directory = Files.createDirectory(above.resolve("volume"));
    Files.writeString(directory.resolve("f"), "text");
    messages = new FuseClient(directory, true);
    guest = new FakeVolumeGuest(above);
    GuestVolume mounted = guest.attach("/data");
    server = VolumeServer.start(HostTree.open(directory), VolumeMode.READ_WRITE, mounted);
  }

  @AfterEach
  void close() {
    server.close();
    guest.close();
    messages.close();
  }

  private void send(int opcode, long node, FuseClient.Args arguments) {
    guest.send(messages.message(opcode, node, arguments.done()));
  }

  private FuseClient.Reply reply() throws InterruptedException {
    return FuseClient.reply(guest.reply(SOON));
  }

  private static long unique(byte @Nullable [] reply) {
    return ByteBuffer.wrap(reply).order(ByteOrder.LITTLE_ENDIAN).getLong(8);
  }

  @Test
  void answers() throws Exception {
    send(Fuse.LOOKUP, ROOT, FuseClient.args().name("f"));
    FuseClient.Reply entry = reply().ok();
    assertThat(entry.attributes().uid()).isEqualTo(5);
    send(Fuse.READ, entry.node(), FuseClient.args().l(0, 0).i(4096, 0).l(0).i(0, 0));
    assertThat(reply().ok().content().remaining()).isEqualTo(4);
  }

  @Test
  void tellsWhatHasChangedBeforeACommand() throws Exception {
    send(Fuse.LOOKUP, ROOT, FuseClient.args().name("f"));
    reply().ok();
    Files.writeString(directory.resolve("f"), "changed");
    server.refresh();
    byte[] notification = guest.reply(Duration.ZERO);
    assertThat(unique(notification)).as("it was there when refresh() returned").isZero();
  }

  @Test
  void tellsWhatHasChangedByItself() throws Exception {
    send(Fuse.LOOKUP, ROOT, FuseClient.args().name("none"));
    reply().ok();
    Files.createFile(directory.resolve("none"));
    assertThat(unique(guest.reply(SOON))).isZero();
  }

  @Test
  void endsAnInterruptedRequestOfAFileSystemThatDoesNotRespond() throws Exception {
    synchronized (server.files().open()) { // as if the file system of the host hung
      byte[] stuck = messages.message(Fuse.GETATTR, ROOT, FuseClient.args().i(0, 0).l(0).done());
      long unique = ByteBuffer.wrap(stuck).order(ByteOrder.LITTLE_ENDIAN).getLong(8);
      guest.send(stuck);
      for (int i = 0; i < 100; i++) { // of other programs
        send(Fuse.GETATTR, ROOT, FuseClient.args().i(0, 0).l(0));
      }
      assertThat(guest.reply(SHORT)).isNull();
      long begin = System.nanoTime();
      send(Fuse.INTERRUPT, 0, FuseClient.args().l(unique));
      byte[] reply = guest.reply(SOON);
      assertThat(unique(reply)).isEqualTo(unique);
      assertThat(FuseClient.reply(reply).errno()).isEqualTo(Errno.EINTR);
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isGreaterThanOrEqualTo(VolumeServer.INTERRUPT_DELAY);
    }
    for (int i = 0; i < 100; i++) {
      reply().ok();
    }
    assertThat(guest.reply(SHORT)).as("a second reply").isNull();
  }

  @Test
  void holdsUpAGuestThatSendsMoreThanIsServed() throws Exception {
    int sent = 0;
    synchronized (server.files().open()) {
      while (sent < 100_000 && settled()) {
        send(Fuse.GETATTR, ROOT, FuseClient.args().i(0, 0).l(0));
        sent++;
      }
    }
    assertThat(sent).isGreaterThan(256).isLessThan(100_000);
    for (int i = 0; i < sent; i++) {
      reply().ok();
    }
  }

  /** Waits until the host takes more requests; returns whether it does. */
  private boolean settled() throws InterruptedException {
    for (int i = 0; i < 50 && !guest.isReady(); i++) {
      Thread.sleep(10);
    }
    return guest.isReady();
  }

  @Test
  void holdsUpAGuestThatTakesNoReplies() throws Exception {
    byte[] large = new byte[1 << 20];
    Files.write(directory.resolve("large"), large);
    send(Fuse.LOOKUP, ROOT, FuseClient.args().name("large"));
    long node = reply().ok().node();
    guest.takeNoReplies();
    long before = usedMib();
    int size = FuseServer.MAX_TRANSFER_BYTES;
    for (int i = 0; i < 2000; i++) {
      send(Fuse.READ, node, FuseClient.args().l(0, 0).i(size, 0).l(0).i(0, 0));
    }
    Thread.sleep(2000);
    assertThat(usedMib() - before).as("MiB of 1000 that were requested").isLessThan(40);
    assertThat(guest.loss(Duration.ZERO)).isEmpty();
  }

  private static long usedMib() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
  }

  @Test
  void losesABoxWhoseGuestViolatesTheProtocol() throws Exception {
    guest.send(new byte[39]);
    assertThat(guest.loss(SOON)).get().asString().contains("what is no request for a volume");
  }

  @Test
  void losesABoxWhoseGuestSendsUnknownMessages() throws Exception {
    guest.violate();
    assertThat(guest.loss(SOON)).get().asString().contains("violated the protocol");
  }

  @Test
  void saysWhyAGuestRefuses() {
    assertThatThrownBy(() -> guest.attach("/refused"))
        .isInstanceOf(BoxStartException.class)
        .hasMessage("cannot mount the volume /refused in box b1: a file is in the way");
  }

  @Test
  void hasNoThreadsWhenNothingIsToDo() throws Exception {
    answers();
    await().atMost(SOON).until(() -> threads() == 0);
    answers();
    server.close();
    assertThat(threads()).isZero();
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("boxlite-volume-"))
        .count();
  }
}
