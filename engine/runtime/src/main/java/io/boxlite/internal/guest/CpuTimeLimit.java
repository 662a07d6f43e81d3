package io.boxlite.internal.guest;

import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.Cause;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.guest.proto.SignalRequest;
import io.boxlite.internal.guest.proto.UsageRequest;
import io.boxlite.internal.guest.proto.UsageResponse;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The limit of an execution's processor time, judged by what the host gave its box, where that is
 * known. The guest is asked when the limit can have been reached, and again when the rest can have
 * been.
 */
final class CpuTimeLimit {
  /** The guest is not asked more often than this: each answer costs it processor time as well. */
  private static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private static final int SIGKILL = 9;

  private final AgentClient client;
  private final ExecStart start;
  private final Runnable beforeKill;
  private final CpuAccount account;

  // Guarded by this.
  private int pid;
  private long knownNanos;
  private long knownAt;
  private long knownRun;
  private boolean over;
  private @Nullable Future<?> timer;

  /**
   * Begins the execution's account.
   *
   * @param beforeKill runs before the execution is killed
   */
  CpuTimeLimit(AgentClient client, ExecStart start, Runnable beforeKill) {
    this.client = client;
    this.start = start;
    this.beforeKill = beforeKill;
    account = client.openCpuAccount();
  }

  CpuAccount account() {
    return account;
  }

  /** What the guest is told to start: what the host can judge better, the guest shall not. */
  ExecStart sent() {
    return account.isMeasured() ? start.toBuilder().clearCpuTimeNanos().build() : start;
  }

  /** The execution has started, when everything in the guest had used so much. */
  void started(int pid, long guestCpuNanos) {
    account.guestBegan(guestCpuNanos);
    if (account.isMeasured() && start.getCpuTimeNanos() != 0) {
      synchronized (this) {
        this.pid = pid;
        knownAt = System.nanoTime();
      }
      lookAfter(start.getCpuTimeNanos());
    }
  }

  /** The execution has ended. */
  synchronized void end() {
    over = true;
    if (timer != null) {
      timer.cancel(false);
    }
  }

  /** Looks again when so much can have been used. */
  private synchronized void lookAfter(long cpuNanos) {
    if (!over) {
      long nanos = Math.max(cpuNanos / account.processors(), SHORTEST_NANOS);
      timer = client.after(Duration.ofNanos(nanos), this::look);
    }
  }

  private void look() {
    long left = start.getCpuTimeNanos() - possible();
    if (left > 0) {
      lookAfter(left);
    } else {
      // A failure may only mean that it has ended.
      AgentGrpc.newStub(client.channel())
          .usage(
              UsageRequest.newBuilder().setPid(pid()).build(),
              new Answer<>(this::told, () -> lookAfter(SHORTEST_NANOS)));
    }
  }

  /**
   * The most that can have been used: what all processors had in the time that has passed. Where
   * they ran for a small part of it, twice that part, for the guest may count time in which its
   * machine waited for itself.
   */
  private synchronized long possible() {
    long passed = (System.nanoTime() - knownAt) * account.processors();
    long ran = account.host().runNanos() - knownRun;
    return knownNanos + Math.min(passed, 2 * ran);
  }

  private void told(UsageResponse usage) {
    if (usage.getCpuTimeNanos() < 0 || usage.getGuestCpuNanos() < 0) {
      client.lost("its guest broke the contract: it sent a processor time of 2^63 ns or more");
      return;
    }
    CpuAccount.Reading reading = account.read(usage.getCpuTimeNanos(), usage.getGuestCpuNanos());
    synchronized (this) {
      knownNanos = reading.cpuNanos();
      knownAt = System.nanoTime();
      knownRun = reading.runNanos();
    }
    if (reading.cpuNanos() >= start.getCpuTimeNanos()) {
      kill();
    } else {
      lookAfter(start.getCpuTimeNanos() - reading.cpuNanos());
    }
  }

  private void kill() {
    beforeKill.run();
    SignalRequest request =
        SignalRequest.newBuilder()
            .setPid(pid())
            .setSignal(SIGKILL)
            .setCause(Cause.CAUSE_CPU_TIME)
            .build();
    // It may have ended meanwhile. A connection that is broken ends everything.
    AgentGrpc.newStub(client.channel()).signal(request, new Answer<>(answer -> {}, () -> {}));
  }

  private synchronized int pid() {
    return pid;
  }
}
