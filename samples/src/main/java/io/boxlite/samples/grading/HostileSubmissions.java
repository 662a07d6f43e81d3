package io.boxlite.samples.grading;

import static io.boxlite.samples.grading.Expectation.accepted;
import static io.boxlite.samples.grading.Expectation.crashed;
import static io.boxlite.samples.grading.Expectation.killed;
import static io.boxlite.samples.grading.Expectation.rejected;

import io.boxlite.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Programs that break, cheat or attack, each with its expected result. */
final class HostileSubmissions {
  private static final UnaryOperator<Command> USUAL = UnaryOperator.identity();
  private static final UnaryOperator<Command> SHORT = HostileSubmissions::limitToSeconds;

  private final List<Submission> submissions = new ArrayList<>();

  private HostileSubmissions() {}

  static List<Submission> all() {
    HostileSubmissions hostile = new HostileSubmissions();
    hostile.addThoseThatTakeTime();
    hostile.addThoseThatTakeMemory();
    hostile.addThoseThatMultiply();
    hostile.addThoseThatWrite();
    hostile.addThoseThatCrash();
    hostile.addThoseThatCheat();
    return List.copyOf(hostile.submissions);
  }

  private void addThoseThatTakeTime() {
    add("endless loop", SHORT, killed(Verdict.TIMED_OUT), "while True: pass");
    add("sleep", SHORT, killed(Verdict.TIMED_OUT), "import time; time.sleep(3600)");
    add(
        "reads standard input forever",
        SHORT,
        killed(Verdict.TIMED_OUT),
        """
        import sys
        while True: sys.stdin.read()
        """);
    add(
        "ignores SIGTERM and all others",
        SHORT,
        killed(Verdict.TIMED_OUT),
        """
        import signal, time
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True: time.sleep(1)
        """);
    add("stops itself", SHORT, killed(Verdict.TIMED_OUT), "import os; os.kill(os.getpid(), 19)");
    add(
        "burns processor time in four processes",
        command -> command.cpuTime(Duration.ofSeconds(2)),
        killed(Verdict.CPU_TIME_EXCEEDED),
        """
        import os
        os.fork(); os.fork()
        while True: pass
        """);
  }

  private void addThoseThatTakeMemory() {
    add(
        "memory bomb",
        USUAL,
        killed(Verdict.OUT_OF_MEMORY),
        """
        hoard = []
        while True: hoard.append(b'x' * (1 << 20))
        """);
    add(
        "memory bomb in children",
        USUAL,
        killed(Verdict.OUT_OF_MEMORY),
        """
        import os
        for _ in range(4):
            if os.fork() == 0:
                hoard = []
                while True: hoard.append(b'x' * (1 << 20))
        while True: os.wait()
        """);
    add(
        "asks for a tebibyte",
        USUAL,
        killed(Verdict.OUT_OF_MEMORY),
        "everything = bytearray(1 << 40)");
    add(
        "recursion without end",
        USUAL,
        rejected(1).saying("RecursionError"),
        """
        def f(): return f()
        f()
        """);
    add(
        "overflows the stack",
        USUAL,
        crashed(11),
        """
        import sys
        sys.setrecursionlimit(1 << 30)
        def f(x): return list(map(f, [x]))
        f(0)
        """);
  }

  private void addThoseThatMultiply() {
    add(
        "fork bomb",
        SHORT,
        killed(Verdict.TIMED_OUT),
        """
        import os
        while True:
            try: os.fork()
            except OSError: pass
        """);
    add(
        "thread bomb",
        USUAL,
        rejected(1).saying("can't start new thread"),
        """
        import threading
        while True: threading.Thread(target=threading.Event().wait, daemon=True).start()
        """);
    add(
        "leaves children behind",
        USUAL,
        accepted(),
        """
        import os, time
        for _ in range(5):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0: time.sleep(3600)
                os._exit(0)
        """);
    add(
        "leaves a child that fills the disk",
        USUAL,
        accepted(),
        """
        import os
        if os.fork() == 0:
            os.setsid()
            with open('/tmp/growing', 'wb') as file:
                while True: file.write(b'x' * 4096)
        """);
  }

  private void addThoseThatWrite() {
    add(
        "floods standard output",
        USUAL,
        killed(Verdict.OUTPUT_LIMIT_EXCEEDED),
        "while True: print('y' * 1000)");
    add(
        "floods standard error",
        USUAL,
        killed(Verdict.OUTPUT_LIMIT_EXCEEDED),
        """
        import sys
        while True: sys.stderr.write('y' * 1000)
        """);
    add(
        "writes unreadable bytes",
        USUAL,
        accepted().saying("\uFFFD\0"),
        """
        import sys
        sys.stdout.buffer.write(bytes(range(128, 256)) + b'\\xff\\0\\x1b[2J')
        sys.stdout.buffer.flush()
        """);
    add(
        "closes standard output",
        USUAL,
        rejected(120).saying("Bad file descriptor"),
        "import os; os.close(1)");
    add(
        "file bomb",
        USUAL,
        rejected(1).saying("No space left on device"),
        """
        with open('/tmp/bomb', 'wb') as file:
            while True: file.write(b'x' * (1 << 20))
        """);
    add(
        "writes too large a file",
        command -> command.maxFileSizeMib(4),
        rejected(1).saying("File too large"),
        """
        with open('large', 'wb', buffering=0) as file:
            while True: file.write(b'x' * (1 << 20))
        """);
    add(
        "opens too many files",
        command -> command.maxOpenFiles(64),
        rejected(1).saying("Too many open files"),
        """
        files = []
        while True: files.append(open('/dev/null'))
        """);
    add(
        "deletes all it can",
        USUAL,
        accepted(),
        """
        import shutil
        shutil.rmtree('/', ignore_errors=True)
        """);
  }

  private void addThoseThatCrash() {
    add("exits with 3", USUAL, rejected(3), "raise SystemExit(3)");
    add("has a syntax error", USUAL, rejected(1).saying("SyntaxError"), "def f(:");
    add("reads address 0", USUAL, crashed(11), "import ctypes; ctypes.string_at(0)");
    add("aborts", USUAL, crashed(6), "import os; os.abort()");
    add("kills itself", USUAL, crashed(9), "import os; os.kill(os.getpid(), 9)");
    add("kills its process group", USUAL, crashed(9), "import os; os.killpg(os.getpgrp(), 9)");
  }

  private void addThoseThatCheat() {
    add("exits with 0 before the end", USUAL, rejected(0), "import os; os._exit(0)");
    add(
        "kills all it may",
        USUAL,
        accepted(),
        "import os\ntry: os.kill(-1, 9)\nexcept OSError: pass");
    add(
        "kills the first process",
        USUAL,
        rejected(1).saying("PermissionError"),
        "import os; os.kill(1, 9)");
    add("becomes root", USUAL, rejected(1).saying("PermissionError"), "import os; os.setuid(0)");
    add(
        "writes to the system",
        USUAL,
        rejected(1).saying("Permission denied"),
        "open('/usr/bin/python3', 'wb')");
    add(
        "calls home",
        USUAL,
        rejected(1).saying("Network is unreachable"),
        """
        import socket
        socket.create_connection(('192.0.2.1', 80), timeout=5)
        """);
  }

  private static Command limitToSeconds(Command command) {
    return command.timeout(Duration.ofSeconds(3));
  }

  private void add(
      String name, UnaryOperator<Command> limits, Expectation expectation, String program) {
    submissions.add(new Submission(Submission.Group.HOSTILE, name, program, limits, expectation));
  }
}
