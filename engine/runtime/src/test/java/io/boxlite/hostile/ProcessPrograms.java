package io.boxlite.hostile;

import static io.boxlite.hostile.HostileProgram.c;
import static io.boxlite.hostile.HostileProgram.hostile;
import static io.boxlite.hostile.HostileProgram.sh;

import io.boxlite.Outcome;
import java.time.Duration;
import java.util.List;

/** Programs that multiply, and programs that send signals or do not heed them. */
final class ProcessPrograms {
  private static final String FORK_BOMB = "b() { b | b & b; }; b";

  private ProcessPrograms() {}

  static List<HostileProgram> all() {
    return List.of(
        hostile("fork bomb with a limit", sh(FORK_BOMB).maxProcesses(50)).mayTimeOut(),
        hostile("fork bomb without a limit", sh(FORK_BOMB)).mayTimeOut(),
        hostile("processes that stay", sh("while :; do sleep 1000 & done").maxProcesses(100))
            .mayTimeOut(),
        hostile("daemons that fork twice, without end", c("forking", "daemons")).timesOut(),
        hostile("vfork in each child of vfork", c("forking", "vfork")).timesOut(),
        hostile("children of clone with odd flags", c("forking", "clone")).exits(3),
        hostile("threads without end", c("forking", "threads").maxProcesses(100)).timesOut(),
        hostile("threads that outlive the first one", c("forking", "leaderless")).timesOut(),
        hostile("children that are never waited for", c("forking", "zombies").maxProcesses(200))
            .timesOut(),
        hostile("nested PID namespaces", c("forking", "nested")).timesOut(),
        hostile("executing itself without end", c("forking", "exec")).timesOut(),
        hostile("closing all descriptors", c("forking", "close")).timesOut(),
        hostile("descendants that run away from the end", c("forking", "runaway")).exits(3),
        hostile(
                "children left behind in sessions of their own",
                sh("for i in 1 2 3; do setsid sleep 1000 > /dev/null 2>&1 & done; exit 3"))
            .exits(3),
        hostile("children left behind that hold the output open", sh("sleep 1000 & echo parent"))
            .exits(0)
            .prints("parent\n"),
        hostile("children given to the agent", c("leftover", "strays", "100"))
            .exits(0)
            .prints("made 100\n"),
        hostile("a child that traces its parent", c("tracer", "child")).exits(5).prints("bye\n"),
        hostile(
                "a child that stops its parent in its exit",
                c("tracer", "child-at-exit").timeout(Duration.ofSeconds(1)))
            .exits(5),
        hostile("stopping itself", sh("kill -STOP $$")).timesOut(),
        hostile("stopping its parents", c("signals", "stop-parents")).timesOut(),
        hostile("stopping all others again and again", c("signals", "stop-all")).timesOut(),
        hostile("ignoring and blocking every signal", c("signals", "deaf")).timesOut(),
        hostile("a storm of signals", c("signals", "storm")).timesOut(),
        hostile("as many pending signals as possible", c("signals", "pending")).timesOut(),
        hostile("every signal to PID 1", c("signals", "init")).exits(0),
        hostile("every signal to PID 1", c("signals", "init")).exits(0).as("nobody"),
        hostile("killing everything in sight", sh("kill -9 -1; kill -9 1; echo still here"))
            .ends(Outcome.EXITED, Outcome.SIGNALED),
        hostile("killing each new process", c("signals", "kill-others"))
            .timesOut()
            .besideOthers()
            .as("1234"),
        hostile("reading address 0", c("signals", "crash")).ends(Outcome.SIGNALED).isKilledBy(11));
  }
}
