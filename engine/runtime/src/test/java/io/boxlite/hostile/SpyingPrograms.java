package io.boxlite.hostile;

import static io.boxlite.hostile.HostileProgram.c;
import static io.boxlite.hostile.HostileProgram.hostile;
import static io.boxlite.hostile.HostileProgram.sh;

import java.util.List;
import java.util.stream.Stream;

/** Programs that try to reach others: PID 1, the agent, those beside them, and the next one. */
final class SpyingPrograms {
  private SpyingPrograms() {}

  static List<HostileProgram> all() {
    return Stream.of(atPidOne(), onTheNetwork(), atOtherPrograms()).flatMap(List::stream).toList();
  }

  /** PID 1 is the init that holds the namespaces of the box. The agent is not visible. */
  private static List<HostileProgram> atPidOne() {
    return List.of(
        attempts("reaching PID 1", "init"),
        attempts("reaching PID 1", "init").as("nobody"),
        attempts("reaching PID 1 from its namespaces", "namespaces", "init"),
        attempts("reaching PID 1 from its namespaces", "namespaces", "init").as("nobody"),
        // Harmless: PID 1 never runs.
        hostile("the least priority for PID 1", c("spying", "namespaces", "init-priority"))
            .exits(0)
            .prints("changed\n"),
        hostile("the least priority for PID 1", c("spying", "namespaces", "init-priority"))
            .exits(0)
            .prints("Operation not permitted\n")
            .as("nobody"),
        hostile(
                "PID 1 as the first to be killed when memory runs out",
                sh("echo 1000 > /proc/1/oom_score_adj; exec /hostile/hoarding packets"))
            .complains("Read-only file system")
            .runsOutOfMemory());
  }

  private static List<HostileProgram> onTheNetwork() {
    return List.of(
        attempts("servers of others", "servers"),
        attempts("servers of others", "servers").as("nobody"),
        attempts("changing the network", "network"),
        attempts("changing the network", "network").as("nobody"),
        attempts("changing the network from its namespaces", "namespaces", "network"),
        attempts("changing the network from its namespaces", "namespaces", "network").as("nobody"),
        // Root may open such sockets, but the agent's data takes another way.
        attempts("packets that pass by", "sniff"),
        attempts("packets that pass by", "sniff").as("nobody"));
  }

  private static List<HostileProgram> atOtherPrograms() {
    return List.of(
        reachingOthers("reaching other programs", "neighbours"),
        reachingOthers("reaching other programs from its namespaces", "namespaces", "neighbours"),
        leaving("processes that copy the next input", "survivors", "watching\n"),
        leaving("processes that copy the next input", "survivors", "watching\n").as("nobody"),
        leaving("a process that locks the next input", "locks", "set\n"),
        leaving("a process that locks the next input", "locks", "set\n").as("nobody"),
        leaving("a process with a lease on the next input", "lease", "set\n"),
        hostile("a FIFO for the next input", sh("rm /tmp/next; mkfifo /tmp/next"))
            .exits(0)
            .leaves("/tmp/next"));
  }

  private static HostileProgram attempts(String what, String... how) {
    return hostile(what, c("spying", how)).achievesNothing();
  }

  /** The others have another user. Those of the same user are not protected from each other. */
  private static HostileProgram reachingOthers(String what, String... how) {
    return hostile(what, c("spying", how)).timesOut().prints("").besideOthers().as("1234");
  }

  private static HostileProgram leaving(String what, String how, String output) {
    return hostile(what, c("spying", how)).exits(0).prints(output);
  }
}
