package io.boxlite.junit.leftovers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds what tests have left behind, each thing in a line. */
final class Leftovers {
  /** Stands for a JVM that has left nothing. */
  static final String NOTHING = "nothing";

  /** Threads that the JDK and JNA start for whoever comes first, and that end when they like. */
  private static final Pattern NOT_OURS =
      Pattern.compile(
          "Attach Listener|CompletableFutureDelayScheduler|JNA Cleaner|process reaper.*"
              + "|ForkJoinPool\\.commonPool-.*");

  private Leftovers() {}

  /** The threads of this JVM. */
  static Set<Thread> threads() {
    return new HashSet<>(Thread.getAllStackTraces().keySet());
  }

  /**
   * The processes and threads of this JVM.
   *
   * @param before threads that are nobody's fault
   * @param timeout how long a thread that has been told to end may take for it
   */
  static List<String> ofThisJvm(Set<Thread> before, Duration timeout) throws InterruptedException {
    List<String> left = new ArrayList<>();
    ProcessHandle.current().descendants().forEach(process -> left.add("process " + show(process)));
    long end = System.nanoTime() + timeout.toNanos();
    for (Thread thread : threads()) {
      if (before.contains(thread) || isNotOurs(thread)) {
        continue;
      }
      TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, end - System.nanoTime()));
      if (thread.isAlive()) {
        left.add("thread " + thread.getName());
      }
    }
    return left;
  }

  /**
   * What is left when all JVMs of the tests have ended.
   *
   * @param home the home directory of their boxes, which nobody else uses
   * @param temporary their directory of temporary files
   */
  static List<String> ofAll(Path home, Path temporary) throws IOException {
    List<String> left = new ArrayList<>();
    ProcessHandle.allProcesses()
        .filter(process -> show(process).contains(home + "/"))
        .forEach(process -> left.add("process " + show(process)));
    for (Path directory : List.of(home.resolve("boxes"), temporary)) {
      if (Files.isDirectory(directory)) {
        try (Stream<Path> entries = Files.list(directory)) {
          entries
              .filter(entry -> directory.equals(temporary) || Files.isDirectory(entry))
              .forEach(entry -> left.add("file " + entry));
        }
      }
    }
    return left;
  }

  private static boolean isNotOurs(Thread thread) {
    ThreadGroup group = thread.getThreadGroup();
    return group == null // has ended
        || group.getParent() == null // the JVM's own
        || NOT_OURS.matcher(thread.getName()).matches();
  }

  private static String show(ProcessHandle process) {
    try {
      // Of a long command line the JDK tells nothing.
      String line = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
      return process.pid() + " " + line.replace('\0', ' ').strip();
    } catch (IOException e) {
      return process.pid() + " which has ended meanwhile";
    }
  }
}
