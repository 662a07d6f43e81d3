package io.boxlite.hostile;

import static io.boxlite.hostile.HostileProgram.c;
import static io.boxlite.hostile.HostileProgram.hostile;
import static io.boxlite.hostile.HostileProgram.sh;

import io.boxlite.Command;
import io.boxlite.Outcome;
import java.util.List;

/** Programs that fill the disk and other file systems, and that use files against others. */
final class FilePrograms {
  private static final String FULL = "No space left on device";

  private FilePrograms() {}

  static List<HostileProgram> all() {
    return List.of(
        hostile("files until the disk is full", c("filling", "full", "/tmp/full"))
            .exits(0)
            .complains(FULL)
            .leaves("/tmp/full"),
        hostile("files until /dev is full", c("filling", "full", "/dev/full-of-it"))
            .exits(0)
            .complains(FULL)
            .leaves("/dev/full-of-it"),
        hostile("files until /dev/shm is full", c("filling", "full", "/dev/shm/full"))
            .exits(0)
            .complains(FULL)
            .leaves("/dev/shm/full"),
        hostile(
                "more pages of files than its memory holds",
                Command.of("dd", "if=/dev/zero", "of=/tmp/large", "bs=1M", "count=32").memoryMib(8))
            .exits(0)
            .leaves("/tmp/large"),
        hostile(
                "a file beyond the limit",
                Command.of("dd", "if=/dev/zero", "of=/tmp/large", "bs=1M").maxFileSizeMib(4))
            .ends(Outcome.SIGNALED)
            .isKilledBy(25)
            .leaves("/tmp/large"),
        hostile("a sparse file of all sizes", c("filling", "sparse", "/tmp/sparse"))
            .exits(0)
            .leaves("/tmp/sparse")
            .as("nobody"),
        hostile("a full disk of a file without a name", c("filling", "unlinked", "/tmp/gone"))
            .exits(0)
            .complains(FULL),
        hostile(
                "small files without end",
                sh("mkdir /tmp/d; i=0; while echo > /tmp/d/$i; do i=$((i+1)); done"))
            .timesOut()
            .leaves("/tmp/d"),
        hostile("directories in directories without end", c("filling", "deep", "/tmp/deep"))
            .mayTimeOut()
            .leaves("/tmp/deep"),
        hostile("files with odd names", c("filling", "names", "/tmp/names"))
            .exits(0)
            .leaves("/tmp/names")
            .as("nobody"),
        hostile("writing to the disk all the time", c("filling", "flush", "/tmp/flushed"))
            .timesOut()
            .leaves("/tmp/flushed"),
        hostile("locks that a child keeps", c("filling", "lock", "/etc/passwd")).exits(0),
        hostile("dumping core", c("filling", "core"))
            .ends(Outcome.SIGNALED)
            .isKilledBy(6)
            .prints(""),
        hostile("using up all descriptors", sh("while exec 3< /dev/null 4<&3; do :; done"))
            .timesOut(),
        hostile("writing to programs and to the system", sh(": > /bin/busybox"))
            .exits(1)
            .as("nobody"));
  }
}
