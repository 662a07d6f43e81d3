package io.boxlite.hostile;

import static io.boxlite.hostile.HostileProgram.c;
import static io.boxlite.hostile.HostileProgram.hostile;
import static io.boxlite.hostile.HostileProgram.sh;

import java.time.Duration;
import java.util.List;

/** Programs that use the processor, hide that they do, or change the clock. */
final class TimePrograms {
  private static final Duration LIMIT = Duration.ofMillis(300);

  private TimePrograms() {}

  static List<HostileProgram> all() {
    return List.of(
        burning("in threads", "threads"),
        burning("in processes", "processes"),
        burning("in children that end soon", "children"),
        burning("between the ticks of the clock", "dodge"),
        burning("in the kernel", "kernel"),
        hostile("sleeping for ever", sh("sleep 1000000000")).timesOut(),
        hostile("children left behind that burn", sh("for i in 1 2 3; do yes > /dev/null & done"))
            .exits(0),
        hostile("timers that expire all the time", c("timing", "timers")).timesOut(),
        hostile("spinning on each processor", c("timing", "processors")).timesOut(),
        hostile("real-time priority on all processors", c("realtime")).timesOut().prints(""),
        hostile("setting the clock", c("timing", "clocks")).achievesNothing(),
        hostile("setting the clock", c("timing", "clocks")).achievesNothing().as("nobody"));
  }

  private static HostileProgram burning(String where, String how) {
    return hostile("burning processor time " + where, c("timing", how).cpuTime(LIMIT))
        .exceedsItsProcessorTime();
  }
}
