package io.boxlite.internal.network;

import io.boxlite.internal.host.AddressLookup;
import io.boxlite.internal.host.HostAddresses;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks up names on this machine, for all boxes of an engine.
 *
 * <p>A look-up blocks a thread until the machine's DNS servers answer, and cannot be interrupted.
 * So there are few threads, which boxes use in turn, and a box has only some of them. What a box
 * asks beyond its bounds fails at once. Threads exist only while there is something to look up.
 */
public final class NameLookups implements AutoCloseable {
  /**
   * The bounds.
   *
   * @param threads how many look-ups run at once
   * @param threadsOfBox how many of them can be of the same box
   * @param waitingOfBox how many look-ups of a box wait for a thread
   * @param askers how many questions of a box can wait for the same look-up
   * @param timeout after which a box gets no answer
   * @param idle after which a thread ends
   */
  record Limits(
      int threads,
      int threadsOfBox,
      int waitingOfBox,
      int askers,
      Duration timeout,
      Duration idle) {
    /** Resolvers in programs give up an attempt after 5 s, and then ask again. */
    static final Limits DEFAULT =
        new Limits(16, 4, 64, 16, Duration.ofSeconds(10), Duration.ofSeconds(10));
  }

  private final CachingResolver resolver;
  private final Limits limits;

  // Guarded by this.
  private final Queue<LookupClient> ready = new ArrayDeque<>();
  private final Set<LookupClient> open = new HashSet<>();
  private int threads;
  private int idle;
  private int started;
  private boolean closed;

  /** Creates look-ups by getaddrinfo(3). */
  public NameLookups() {
    this(AddressLookup::lookup, Limits.DEFAULT, System::nanoTime);
  }

  NameLookups(HostResolver host, Limits limits, LongSupplier nanoTime) {
    resolver = new CachingResolver(host, nanoTime);
    this.limits = limits;
  }

  /** Adds a box. */
  synchronized LookupClient client() {
    LookupClient client = new LookupClient(this);
    if (!closed) {
      open.add(client);
    }
    return client;
  }

  CompletableFuture<NameResult> lookup(LookupClient client, Question question) {
    Optional<HostAddresses> known = resolver.known(question);
    if (known.isPresent()) {
      return CompletableFuture.completedFuture(result(known.get()));
    }
    CompletableFuture<NameResult> future;
    synchronized (this) {
      if (!open.contains(client)) {
        return failed("the box has ended");
      }
      LookupClient.Task same = client.unanswered(question);
      if (same != null) {
        return same.join(limits.askers)
            ? same.future()
            : failed("the box looks up the same name too many times at once");
      }
      if (client.waiting() >= limits.waitingOfBox) {
        return failed("the box looks up too many names at once");
      }
      LookupClient.Task task = client.add(question);
      future = task.future();
      future.whenComplete((result, failure) -> answered(task));
      offer(client);
    }
    return future.completeOnTimeout(
        new NameResult.TimedOut(), limits.timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static CompletableFuture<NameResult> failed(String reason) {
    return CompletableFuture.completedFuture(new NameResult.Failed(reason));
  }

  private static NameResult result(HostAddresses addresses) {
    return switch (addresses.status()) {
      case FOUND -> new NameResult.Found(addresses.addresses(), LookupCache.FOUND_TTL);
      case NOT_FOUND -> new NameResult.NotFound();
      case FAILED -> new NameResult.Failed(addresses.problem());
    };
  }

  private synchronized void answered(LookupClient.Task task) {
    task.client().answered(task);
  }

  /** Queues a client if a thread could do something for it. */
  private void offer(LookupClient client) {
    if (!client.becomesReady(limits.threadsOfBox)) {
      return;
    }
    ready.add(client);
    if (idle >= ready.size()) {
      notify();
    } else if (threads < limits.threads) {
      threads++;
      started++;
      Thread thread = new Thread(this::work, "boxlite-names-" + started);
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void work() {
    LookupClient.Task task = next(null);
    while (task != null) {
      // Never throws, so a thread cannot end without having been counted.
      HostAddresses addresses = resolver.lookup(task.question());
      task.future().complete(result(addresses));
      task = next(task.client());
    }
  }

  /**
   * Waits for a task.
   *
   * @param last the client whose task this thread has done, if any
   * @return the task; null if this thread ends
   */
  private synchronized LookupClient.@Nullable Task next(@Nullable LookupClient last) {
    if (last != null) {
      last.end();
      offer(last);
    }
    long end = System.nanoTime() + limits.idle.toNanos();
    while (!closed) {
      LookupClient client = ready.poll();
      if (client != null) {
        LookupClient.Task task = client.begin();
        offer(client);
        if (task != null) {
          return task;
        }
      } else if (!await(end - System.nanoTime())) {
        break;
      }
    }
    threads--;
    return null;
  }

  /** Waits for a client to become ready; returns false if it has waited long enough. */
  private boolean await(long nanos) {
    long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
    if (millis <= 0) {
      return false;
    }
    idle++;
    try {
      wait(millis);
      return true;
    } catch (InterruptedException e) {
      return false; // nobody does that to these threads
    } finally {
      idle--;
    }
  }

  void close(LookupClient client) {
    List<LookupClient.Task> tasks;
    synchronized (this) {
      open.remove(client);
      tasks = client.clear();
    }
    fail(tasks);
  }

  /** Ends all look-ups as failed. Threads end as soon as the C library returns. */
  @Override
  public void close() {
    List<LookupClient.Task> tasks = new ArrayList<>();
    synchronized (this) {
      closed = true;
      open.forEach(client -> tasks.addAll(client.clear()));
      open.clear();
      ready.clear();
      notifyAll();
    }
    fail(tasks);
  }

  private static void fail(List<LookupClient.Task> tasks) {
    NameResult ended = new NameResult.Failed("the box has ended");
    tasks.forEach(task -> task.future().complete(ended));
  }
}
