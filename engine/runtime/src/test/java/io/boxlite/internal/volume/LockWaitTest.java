package io.boxlite.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.VolumeMode;
import io.boxlite.internal.guest.FakeVolumeGuest;
import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.FileLocks;
import io.boxlite.internal.host.tree.HostTree;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs of a guest that wait for locks, over a real connection to a guest without a kernel. */
@Timeout(120)
class LockWaitTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir private Path above;
  private FakeVolumeGuest guest;
  private VolumeServer server;
  private FuseClient other; // which has the lock
  private long node;

  @BeforeEach
  void open() throws Exception {
    Path directory = Files.createDirectory(above.resolve("volume"));
    Files.writeString(directory.resolve("f"), "text");
    other = new FuseClient(directory, VolumeMode.SHARED, 50);
    guest = new FakeVolumeGuest(above);
    server = VolumeServer.start(HostTree.open(directory), VolumeMode.SHARED, guest.attach("/data"));
    send(Fuse.LOOKUP, Fuse.ROOT_ID, FuseClient.args().name("f"));
    node = FuseClient.reply(guest.reply(SOON)).ok().node();
    byte[] locked = other.serve(Fuse.SETLK, other.find("f"), lock(1, FileLocks.F_WRLCK));
    FuseClient.reply(locked).ok();
  }

  @AfterEach
  void close() {
    server.close();
    guest.close();
    other.close();
  }

  private static FuseClient.Args lock(long owner, int type) {
    return FuseClient.args().l(0, owner, 0, Long.MAX_VALUE).i(type, 7, 0, 0);
  }

  private long send(int opcode, long to, FuseClient.Args arguments) {
    byte[] message = other.message(opcode, to, arguments.done());
    guest.send(message);
    return unique(message);
  }

  private static long unique(byte[] message) {
    return ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getLong(8);
  }

  @Test
  void getTheLockWhenItIsFree() throws Exception {
    long first = send(Fuse.SETLKW, node, lock(1, FileLocks.F_WRLCK));
    assertThat(guest.reply(SHORT)).isNull();
    other.files.locks().close();
    byte[] reply = Objects.requireNonNull(guest.reply(SOON));
    assertThat(unique(reply)).isEqualTo(first);
    FuseClient.reply(reply).ok();
    long second = send(Fuse.SETLKW, node, lock(2, FileLocks.F_WRLCK));
    assertThat(guest.reply(SHORT)).as("one reply each").isNull();
    send(Fuse.FLUSH, node, FuseClient.args().l(0).i(0, 0).l(1));
    assertThat(FuseClient.reply(guest.reply(SOON)).errno()).isZero();
    reply = Objects.requireNonNull(guest.reply(SOON));
    assertThat(unique(reply)).isEqualTo(second);
  }

  @Test
  void areInterruptedAtOnceAndHaveNoLock() throws Exception {
    long waiting = send(Fuse.SETLKW, node, lock(1, FileLocks.F_WRLCK));
    assertThat(guest.reply(SHORT)).isNull();
    long begin = System.nanoTime();
    send(Fuse.INTERRUPT, 0, FuseClient.args().l(waiting));
    byte[] reply = Objects.requireNonNull(guest.reply(SOON));
    assertThat(unique(reply)).isEqualTo(waiting);
    assertThat(FuseClient.reply(reply).errno()).isEqualTo(Errno.EINTR);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isLessThan(VolumeServer.INTERRUPT_DELAY);
    assertThat(server.files().locks().size()).isZero();
    other.files.locks().close();
    assertThat(guest.reply(VolumeServer.INTERRUPT_DELAY.plus(SHORT))).as("a second reply").isNull();
    assertThat(server.files().locks().size()).isZero();
  }

  /** Or nobody could unlock. */
  @Test
  void leaveRoomForOtherRequests() throws Exception {
    int refused = 20;
    for (int owner = 0; owner < VolumeServer.MAX_LOCK_WAITERS + refused; owner++) {
      send(Fuse.SETLKW, node, lock(owner, FileLocks.F_WRLCK));
    }
    for (int i = 0; i < refused; i++) {
      assertThat(FuseClient.reply(guest.reply(SOON)).errno()).isEqualTo(Errno.ENOLCK);
    }
    send(Fuse.GETATTR, node, FuseClient.args().i(0, 0).l(0));
    FuseClient.reply(guest.reply(SOON)).ok();
    other.files.locks().close();
    FuseClient.reply(guest.reply(SOON)).ok();
    assertThat(guest.reply(SHORT)).as("only one has the lock").isNull();
  }

  @Test
  void doNotKeepAVolumeFromClosing() {
    send(Fuse.SETLKW, node, lock(1, FileLocks.F_WRLCK));
    long begin = System.nanoTime();
    server.close();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(1));
  }
}
