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
 * The limit of an execution's processor time, enforced by the host's measurements where available.
 * The guest is asked for its usage when the limit can have been reached, and again when the
 * remainder can have been used.
 */
final class CpuTimeLimit {
  /**
   * The minimum interval between two questions: each response costs the guest processor time as
   * well.
   */
  private static final long MIN_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

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
   * Starts the execution's account.
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

  /** Returns the request for the guest. It contains no limit that the host measures better. */
  ExecStart sent() {
    return account.isMeasured() ? start.toBuilder().clearCpuTimeNanos().build() : start;
  }

  /** The execution has started, when the guest's total usage was {@code guestCpuNanos}. */
  void started(int pid, long guestCpuNanos) {
    account.guestBegan(guestCpuNanos);
    if (account.isMeasured() && start.getCpuTimeNanos() != 0) {
      synchronized (this) {
        this.pid = pid;
        knownAt = System.nanoTime();
      }
      checkAfter(start.getCpuTimeNanos());
    }
  }

  /** The execution has ended. */
  synchronized void end() {
    over = true;
    if (timer != null) {
      timer.cancel(false);
    }
  }

  /** Checks again when this much time can have been used. */
  private synchronized void checkAfter(long cpuNanos) {
    if (!over) {
      long nanos = Math.max(cpuNanos / account.processors(), MIN_INTERVAL_NANOS);
      timer = client.after(Duration.ofNanos(nanos), this::check);
    }
  }

  private void check() {
    long left = start.getCpuTimeNanos() - possible();
    if (left > 0) {
      checkAfter(left);
    } else {
      // A failure may only mean that the execution has ended.
      AgentGrpc.newStub(client.channel())
          .usage(
              UsageRequest.newBuilder().setPid(pid()).build(),
              new UnaryObserver<>(this::onUsage, () -> checkAfter(MIN_INTERVAL_NANOS)));
    }
  }

  /**
   * Returns the longest time that can have been used: that of all processors in the time that has
   * passed. If they ran only for a small part of it, twice that part, since the guest may count
   * time in which its virtual processors waited.
   */
  private synchronized long possible() {
    long passed = (System.nanoTime() - knownAt) * account.processors();
    long ran = account.host().runNanos() - knownRun;
    return knownNanos + Math.min(passed, 2 * ran);
  }

  private void onUsage(UsageResponse usage) {
    if (usage.getCpuTimeNanos() < 0 || usage.getGuestCpuNanos() < 0) {
      client.lost("its guest violated the protocol: it sent a processor time of 2^63 ns or more");
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
      checkAfter(start.getCpuTimeNanos() - reading.cpuNanos());
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
    // It may have ended in the meantime. If the connection is broken, everything ends anyway.
    AgentGrpc.newStub(client.channel())
        .signal(request, new UnaryObserver<>(response -> {}, () -> {}));
  }

  private synchronized int pid() {
    return pid;
  }
}
