package io.boxlite.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.VolumeMode;
import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.FileLocks;
import io.boxlite.internal.volume.FuseClient.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Locks on the files of a shared volume, from two clients that are like kernels of guests. */
class LocksTest {
  private static final long ROOT = Fuse.ROOT_ID;
  private static final long ALL = Long.MAX_VALUE;
  private static final int READ = FileLocks.F_RDLCK;
  private static final int WRITE = FileLocks.F_WRLCK;
  private static final int UNLOCK = FileLocks.F_UNLCK;

  @TempDir private Path directory;
  private FuseClient one;
  private FuseClient two;
  private long file;

  @BeforeEach
  void open() throws IOException {
    Files.writeString(directory.resolve("f"), "text");
    one = new FuseClient(directory, VolumeMode.SHARED, 50);
    two = new FuseClient(directory, VolumeMode.SHARED, 50);
    file = one.find("f");
    assertThat(two.find("f")).isEqualTo(file);
  }

  @AfterEach
  void close() {
    one.close();
    two.close();
  }

  private Reply lock(FuseClient client, int opcode, long owner, int type, long start, long last) {
    return client.call(opcode, file, FuseClient.args().l(0, owner, start, last).i(type, 7, 0, 0));
  }

  private int set(FuseClient client, long owner, int type, long start, long last) {
    return lock(client, Fuse.SETLK, owner, type, start, last).errno();
  }

  private int setWhole(FuseClient client, long owner, int type) {
    FuseClient.Args arguments = FuseClient.args().l(0, owner, 0, ALL).i(type, 7, Fuse.LK_FLOCK, 0);
    return client.call(Fuse.SETLK, file, arguments).errno();
  }

  @Test
  void agreesThatFilesAreOpenedAndNotCached() {
    Reply agreed = one.call(Fuse.INIT, 0, FuseClient.args().i(7, 37, 131072, ~0)).ok();
    int flags = agreed.content().getInt(12);
    assertThat(flags & Fuse.NO_OPEN_SUPPORT).isZero();
    assertThat(flags & Fuse.POSIX_LOCKS).isNotZero();
    assertThat(flags & Fuse.FLOCK_LOCKS).isNotZero();
    Reply opened = one.call(Fuse.OPEN, file, FuseClient.args().i(0, 0)).ok();
    assertThat(opened.content().getInt(8)).isEqualTo(Fuse.FOPEN_DIRECT_IO);
    Reply found = one.lookUp(ROOT, "f").ok();
    assertThat(found.content().getLong(16)).as("seconds for the name").isZero();
    assertThat(found.content().getLong(24)).as("seconds for the attributes").isZero();
    assertThat(one.lookUp(ROOT, "none").ok().content().getLong(16)).isZero();
    assertThat(one.files.known().isEmpty()).isTrue();
    int offered = ~Fuse.FLOCK_LOCKS;
    assertThat(one.call(Fuse.INIT, 0, FuseClient.args().i(7, 37, 131072, offered)).errno())
        .isEqualTo(Errno.EPROTO);
  }

  @Test
  void ofRangesConflictBetweenProcessesAndBoxes() {
    assertThat(set(one, 1, WRITE, 0, 9)).isZero();
    assertThat(set(one, 1, WRITE, 5, 20)).as("the same process").isZero();
    for (FuseClient other : new FuseClient[] {one, two}) {
      assertThat(set(other, 2, READ, 20, 20)).isEqualTo(Errno.EAGAIN);
      assertThat(lock(other, Fuse.SETLKW, 2, WRITE, 0, ALL).errno()).isEqualTo(Errno.EAGAIN);
      assertThat(set(other, 2, WRITE, 21, ALL)).isZero();
      assertThat(set(other, 2, UNLOCK, 0, ALL)).isZero();
    }
    assertThat(set(one, 1, UNLOCK, 0, 5)).isZero();
    assertThat(set(two, 2, WRITE, 0, 5)).isZero();
    assertThat(set(two, 2, WRITE, 0, 6)).isEqualTo(Errno.EAGAIN);
    assertThat(set(two, 2, READ, 3, 3)).isZero();
    assertThat(set(one, 3, READ, 3, 3)).as("both only read").isZero();
  }

  @Test
  void areToldWithTheirRange() {
    assertThat(set(one, 1, READ, 5, ALL)).isZero();
    Reply conflict = lock(two, Fuse.GETLK, 1, WRITE, 0, 100).ok();
    assertThat(conflict.content().getLong(0)).isEqualTo(5);
    assertThat(conflict.content().getLong(8)).isEqualTo(ALL);
    assertThat(conflict.content().getInt(16)).isEqualTo(READ);
    assertThat(lock(two, Fuse.GETLK, 1, READ, 0, 100).ok().content().getInt(16)).isEqualTo(UNLOCK);
    assertThat(lock(one, Fuse.GETLK, 1, WRITE, 0, 100).ok().content().getInt(16))
        .as("its own")
        .isEqualTo(UNLOCK);
    assertThat(two.files.locks().size()).isZero();
  }

  @Test
  void ofAProcessEndWhenItClosesTheFile() {
    assertThat(set(one, 1, WRITE, 0, 9)).isZero();
    assertThat(setWhole(one, 1, WRITE)).as("of another kind").isZero();
    one.call(Fuse.FLUSH, file, FuseClient.args().l(0).i(0, 0).l(2)).ok();
    assertThat(set(two, 1, WRITE, 0, 9)).as("another process").isEqualTo(Errno.EAGAIN);
    one.call(Fuse.FLUSH, file, FuseClient.args().l(0).i(0, 0).l(1)).ok();
    assertThat(set(two, 1, WRITE, 0, 9)).isZero();
    assertThat(setWhole(two, 1, READ)).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void ofAnOpenFileEndWithIt() {
    assertThat(setWhole(one, 1, WRITE)).isZero();
    assertThat(setWhole(one, 2, READ)).isEqualTo(Errno.EAGAIN);
    assertThat(setWhole(two, 1, READ)).isEqualTo(Errno.EAGAIN);
    one.call(Fuse.RELEASE, file, FuseClient.args().l(0).i(0, 0).l(1)).ok();
    assertThat(setWhole(two, 1, READ)).as("it was not the lock's file").isEqualTo(Errno.EAGAIN);
    int unlock = Fuse.RELEASE_FLOCK_UNLOCK;
    one.call(Fuse.RELEASE, file, FuseClient.args().l(0).i(0, unlock).l(1)).ok();
    assertThat(setWhole(two, 1, READ)).isZero();
    assertThat(setWhole(one, 2, READ)).isZero();
    assertThat(setWhole(one, 2, WRITE)).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void endWithTheirBox() {
    assertThat(set(one, 1, WRITE, 0, ALL)).isZero();
    one.files.locks().close();
    assertThat(set(two, 1, WRITE, 0, ALL)).isZero();
    assertThat(set(one, 1, WRITE, 0, ALL)).isEqualTo(Errno.EIO);
  }

  @Test
  void areBounded() {
    for (int owner = 0; owner < Locks.MAX_HOLDERS; owner++) {
      assertThat(set(one, owner, READ, 0, 0)).isZero();
    }
    assertThat(set(one, -1, READ, 0, 0)).isEqualTo(Errno.ENOLCK);
    assertThat(set(one, -1, UNLOCK, 0, 0)).as("nothing to unlock").isZero();
    assertThat(set(one, 1, READ, 5, 5)).as("one that has a lock").isZero();
    assertThat(set(one, 1, UNLOCK, 0, ALL)).isZero();
    assertThat(set(one, -1, READ, 0, 0)).isZero();
  }

  @Test
  void thatMakeNoSenseAreRefused() {
    assertThat(set(one, 1, 3, 0, 0)).isEqualTo(Errno.EINVAL);
    assertThat(set(one, 1, READ, 5, 4)).isEqualTo(Errno.EINVAL);
    assertThat(set(one, 1, READ, -5, 4)).isEqualTo(Errno.EINVAL);
    assertThat(setWhole(one, 1, -1)).isEqualTo(Errno.EINVAL);
    assertThat(one.files.locks().size()).isZero();
    file = ROOT;
    assertThat(set(one, 1, READ, 0, 0)).as("a directory").isEqualTo(Errno.EBADF);
    file = 12345;
    assertThat(set(one, 1, READ, 0, 0)).isEqualTo(Errno.ESTALE);
  }
}
