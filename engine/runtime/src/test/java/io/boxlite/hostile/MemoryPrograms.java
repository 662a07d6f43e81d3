package io.boxlite.hostile;

import static io.boxlite.hostile.HostileProgram.c;
import static io.boxlite.hostile.HostileProgram.hostile;
import static io.boxlite.hostile.HostileProgram.sh;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Command;
import java.util.List;
import java.util.stream.Stream;

/** Programs that use memory: their own, and what the kernel allocates for them. */
final class MemoryPrograms {
  private static final int LIMIT_MIB = 16;

  private MemoryPrograms() {}

  static List<HostileProgram> all() {
    return Stream.of(bombs(), withinALimit(), leftToTheKernel()).flatMap(List::stream).toList();
  }

  private static List<HostileProgram> bombs() {
    return List.of(
        hostile("memory bomb with a limit", Command.of("tail", "/dev/zero").memoryMib(8))
            .runsOutOfMemory(),
        hostile("memory bomb without a limit", Command.of("tail", "/dev/zero"))
            .runsOutOfMemory()
            .and(result -> assertThat(result.peakMemoryBytes()).isGreaterThan(64L << 20)),
        hostile(
                "memory bomb in many processes",
                sh("for i in 1 2 3 4; do tail /dev/zero & done; wait").memoryMib(LIMIT_MIB))
            .runsOutOfMemory(),
        hostile(
                "memory bomb in many processes without a limit",
                sh("for i in 1 2 3 4 5 6 7 8; do tail /dev/zero & done; wait"))
            .runsOutOfMemory(),
        hostile("pipes without a limit", c("hoarding", "pipes")).runsOutOfMemory(),
        hostile("locking all memory", c("inventory", "lock")).exits(0).prints("refused\n"));
  }

  private static List<HostileProgram> withinALimit() {
    return List.of(
        hoarding("private memory", "private"),
        hoarding("memory shared with children", "shared"),
        hoarding("memory that is filled when it is mapped", "populated"),
        hoarding("a file that is only in memory", "memfd"),
        hoarding("a large file in /dev/shm", "shm").leaves("/dev/shm/large"),
        hostile("many empty files in /dev/shm", c("hoarding", "files").memoryMib(4))
            .runsOutOfMemory()
            .leaves("/dev/shm/many"),
        hoarding("files of mounts of its own", "mounts"),
        hoarding("shared memory of System V", "segments"),
        hoarding("messages of System V", "messages"),
        hoarding("full pipes", "pipes"),
        hoarding("full sockets", "sockets"),
        hoarding("full streams", "streams"),
        hoarding("connections that nobody reads", "connections"),
        hoarding("filters of sockets", "filters"),
        hoarding("page tables", "page-tables"),
        hostile("as many mappings as there may be", c("hoarding", "mappings").memoryMib(8))
            .runsOutOfMemory(),
        hoarding("eventfds", "eventfds"),
        hoarding("timers that expire all the time", "timerfds"),
        hostile("as many terminals as there are", c("hoarding", "terminals")).timesOut(),
        // Datagrams beyond the limit are dropped; what else the kernel allocates for a socket is
        // not.
        hostile("datagrams that nobody reads", c("hoarding", "datagrams").memoryMib(LIMIT_MIB))
            .runsOutOfTimeOrMemory());
  }

  /** Programs with memory that the kernel charges to no control group. */
  private static List<HostileProgram> leftToTheKernel() {
    return List.of(
        hoarding("what netlink sockets send themselves", "netlink"),
        hoarding("rings of packet sockets", "packets-in-namespace"),
        hoarding("extended attributes of files in memory", "attributes"),
        hostile("rings of packet sockets without a limit", c("hoarding", "packets"))
            .runsOutOfMemory(),
        hoarding("sockets in each other's queues", "flight"),
        hostile("a few sockets in each other's queues", c("hoarding", "flight", "8"))
            .exits(0)
            .prints("in flight\n"));
  }

  private static HostileProgram hoarding(String what, String how) {
    Command command = c("hoarding", how).memoryMib(LIMIT_MIB);
    return hostile("as much as possible of " + what, command).runsOutOfMemory().as("nobody");
  }
}
