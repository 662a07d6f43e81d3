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
 * The dynamic tests that a test factory has given, which share its boxes and their turn, until all
 * of them have ended.
 *
 * <p>A worker of JUnit's pool that waits for dynamic tests runs other tests meanwhile, on top of
 * the factory. When such a test has to wait for a box that tests share, the factory beneath it
 * cannot go on before, so it must hold none by then: it is {@linkplain #pauseThoseBeneath paused}.
 */
public final class DynamicTests {
  /** How long none may begin or end before those that wait take it that none will. */
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private static final Set<DynamicTests> UNDER_WAY = ConcurrentHashMap.newKeySet();

  private final Runnable pause;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  // Guarded by this.
  private int unfinished; // tests, and containers whose content is not known yet
  private int running;
  private long steps;

  private DynamicTests(Runnable pause) {
    this.pause = pause;
  }

  /**
   * Follows what a factory method has returned.
   *
   * @param returned by the method
   * @param pause gives back what the factory holds of shared boxes, when all its dynamic tests have
   *     ended
   */
  public static Watched watch(Object returned, Runnable pause) {
    DynamicTests tests = new DynamicTests(pause);
    Optional<Stream<?>> nodes = stream(returned);
    if (nodes.isEmpty()) {
      return new Watched(returned, tests); // JUnit says what is wrong with it
    }
    UNDER_WAY.add(tests);
    return new Watched(tests.follow(nodes.get()), tests);
  }

  /**
   * What to give JUnit.
   *
   * @param nodes in place of what the factory method returned
   * @param tests them
   */
  public record Watched(Object nodes, DynamicTests tests) {}

  /**
   * Waits until the factories beneath in this thread, if any, hold no box that tests share.
   *
   * @throws InterruptedException when this thread is interrupted
   */
  static void pauseThoseBeneath() throws InterruptedException {
    for (DynamicTests tests : UNDER_WAY) {
      if (tests.threads.contains(Thread.currentThread())) {
        // The pool gets to know that this worker waits, and lets another one run them.
        ForkJoinPool.managedBlock(tests.new End());
        if (tests.haveEnded()) {
          tests.pause.run();
        }
      }
    }
  }

  /** Notes that one of them begins; {@link #ended} follows. */
  public synchronized void began() {
    running++;
    steps++;
  }

  /** Notes that one of them has ended. */
  public synchronized void ended() {
    running--;
    finish();
  }

  /** Forgets them, when JUnit has left the factory. */
  public void close() {
    UNDER_WAY.remove(this);
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

  /** Goes through nodes, in a thread that will then wait for them, and counts. */
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
        if (!next) { // or it failed
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

  /** All of them have ended, or it seems that some never begin: a filter can leave them out. */
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
