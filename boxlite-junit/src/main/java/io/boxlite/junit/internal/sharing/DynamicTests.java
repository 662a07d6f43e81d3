package io.boxlite.junit.internal.sharing;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;

/**
 * Tracks the dynamic tests of a test factory, which share its boxes and its locks, until all of
 * them have ended.
 *
 * <p>A worker of JUnit's pool that waits for dynamic tests runs other tests in the meantime, on top
 * of the factory's stack frames. If such a test waits for a shared box, the factory below it cannot
 * continue, so the factory must not hold any lock: it is {@linkplain #pauseFactoriesBelow paused}
 * first.
 */
public final class DynamicTests {
  /** How long no dynamic test may begin or end until the rest is considered filtered out. */
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private static final Set<DynamicTests> RUNNING = ConcurrentHashMap.newKeySet();

  private final Runnable pause;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  // Guarded by this.
  private int unfinished; // tests, and containers that have not been iterated to their end
  private int running;
  private long steps;

  private DynamicTests(Runnable pause) {
    this.pause = pause;
  }

  /**
   * Tracks what a factory method returned.
   *
   * @param returned what the method returned
   * @param pause releases the locks of the factory; it is called after all dynamic tests have ended
   */
  public static Watched watch(Object returned, Runnable pause) {
    DynamicTests tests = new DynamicTests(pause);
    Optional<Stream<?>> nodes = stream(returned);
    if (nodes.isEmpty()) {
      return new Watched(returned, tests); // JUnit reports what is wrong with it
    }
    RUNNING.add(tests);
    return new Watched(tests.follow(nodes.get()), tests);
  }

  /**
   * Tracked dynamic tests.
   *
   * @param nodes replaces what the factory method returned
   * @param tests tracks them
   */
  public record Watched(Object nodes, DynamicTests tests) {}

  /**
   * Waits until the factories that run below the caller in this thread, if any, hold no locks.
   *
   * @throws InterruptedException when this thread is interrupted
   */
  static void pauseFactoriesBelow() throws InterruptedException {
    for (DynamicTests tests : RUNNING) {
      if (tests.threads.contains(Thread.currentThread())) {
        // Tells the pool that this worker blocks, so that another one runs the dynamic tests.
        ForkJoinPool.managedBlock(tests.new End());
        if (tests.haveEnded()) {
          tests.pause.run();
        }
      }
    }
  }

  /** Records that a dynamic test begins; {@link #ended} must follow. */
  public synchronized void began() {
    running++;
    steps++;
  }

  /** Records that a dynamic test has ended. */
  public synchronized void ended() {
    running--;
    finish();
  }

  /** Stops tracking; called when JUnit has left the factory. */
  public void close() {
    RUNNING.remove(this);
  }

  private static Optional<Stream<?>> stream(Object returned) {
    if (returned instanceof DynamicNode) {
      return Optional.of(Stream.of(returned));
    }
    if (returned instanceof Stream<?> stream) {
      return Optional.of(stream);
    }
    if (returned instanceof Collection<?> collection) {
      return Optional.of(collection.stream());
    }
    if (returned instanceof Iterable<?> iterable) {
      return Optional.of(StreamSupport.stream(iterable.spliterator(), false));
    }
    if (returned instanceof Iterator<?> iterator) {
      return Optional.of(stream(iterator));
    }
    return returned instanceof Object[] array
        ? Optional.of(Arrays.stream(array))
        : Optional.empty();
  }

  private static <T> Stream<T> stream(Iterator<T> iterator) {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(iterator, Spliterator.ORDERED), false);
  }

  private Stream<?> follow(Stream<?> nodes) {
    add();
    return stream(new Following(nodes.iterator())).onClose(nodes::close);
  }

  private synchronized void add() {
    unfinished++;
    steps++;
  }

  private synchronized void finish() {
    unfinished--;
    steps++;
    notifyAll();
  }

  private synchronized boolean haveEnded() {
    return unfinished == 0;
  }

  private Object added(Object node) {
    if (node instanceof DynamicContainer container) {
      return ContainerCopy.of(container, follow(container.getChildren()));
    }
    add();
    return node;
  }

  /** Iterates over nodes and counts them. The iterating thread waits for their tests later. */
  private final class Following implements Iterator<Object> {
    private final Iterator<?> nodes;
    private boolean atEnd;

    Following(Iterator<?> nodes) {
      this.nodes = nodes;
    }

    @Override
    public boolean hasNext() {
      threads.add(Thread.currentThread());
      if (atEnd) {
        return false;
      }
      boolean next = false;
      try {
        next = nodes.hasNext();
      } finally {
        if (!next) { // at the end, or after an exception
          atEnd = true;
          finish();
        }
      }
      return next;
    }

    @Override
    public Object next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return added(nodes.next());
    }
  }

  /** Blocks until all have ended, or the rest seems to have been filtered out by the launcher. */
  private final class End implements ForkJoinPool.ManagedBlocker {
    @Override
    public boolean block() throws InterruptedException {
      synchronized (DynamicTests.this) {
        long seen = steps;
        long since = System.nanoTime();
        while (unfinished > 0) {
          if (running > 0 || seen != steps) {
            seen = steps;
            since = System.nanoTime();
          }
          long left = TIMEOUT.toNanos() - (System.nanoTime() - since);
          if (left <= 0) {
            break;
          }
          TimeUnit.NANOSECONDS.timedWait(DynamicTests.this, left);
        }
      }
      return true;
    }

    @Override
    public boolean isReleasable() {
      return haveEnded();
    }
  }
}
