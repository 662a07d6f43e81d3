package io.boxlite.junit;

import io.boxlite.BoxOptions;
import io.boxlite.LiteBox;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.InvocationInterceptor.Invocation;
import org.junit.platform.commons.JUnitException;

/**
 * The boxes of one execution of a test or of a test class. It lies in JUnit's store, which closes
 * it when all else of the test is over: then it tells of failures and leaks, ends the boxes that
 * were the test's own, and lets other tests use those that it shared.
 */
@SuppressWarnings("deprecation") // JUnit 5.12 closes no other values
final class TestBoxes implements Store.CloseableResource, AutoCloseable {
  private final ExtensionContext context;
  private final BoxSession session;
  private final Thread thread = Thread.currentThread();

  // The tests of a class may run at the same time; guarded by this.
  private final Deque<Runnable> ends = new ArrayDeque<>();
  private final Map<BoxKey, SharedBox> leases = new LinkedHashMap<>();
  private final Map<StartedBox, BoxUse> uses = new LinkedHashMap<>();

  private boolean entered; // of a test, which has one thread

  private TestBoxes(ExtensionContext context, BoxSession session) {
    this.context = context;
    this.session = session;
  }

  /**
   * The boxes of a test or class. A test waits here, the first time, for its turn with all that it
   * shares with others.
   */
  static TestBoxes of(ExtensionContext context) {
    BoxSession session = BoxSessions.of(context);
    TestBoxes boxes =
        Objects.requireNonNull(
            context
                .getStore(BoxSessions.NAMESPACE)
                .getOrComputeIfAbsent(
                    "boxes of "
                        + context.getUniqueId(), // a store shows its parent's values as well
                    key -> new TestBoxes(context, session),
                    TestBoxes.class));
    boxes.enter();
    return boxes;
  }

  /**
   * Gives the box of a declaration, started if it is the first to ask.
   *
   * @throws InvalidDeclarationException when the declaration cannot be met
   */
  LiteBox take(BoxDeclaration declaration) {
    BoxScope scope = declaration.scope(context.getTestMethod().isPresent());
    BoxOptions options = declaration.options();
    if (scope == BoxScope.METHOD) {
      StartedBox box = session.start(options);
      onEnd(() -> session.end(box));
      use(new BoxUse(box, 0, false));
      return box.box();
    }
    StartedBox box = shared(declaration, scope).get(() -> session.start(options));
    use(new BoxUse(box, 0, declaration.box().concurrent()));
    return box.box();
  }

  /** The shared box of a declaration, for as long as its class or the session lives. */
  SharedBox shared(BoxDeclaration declaration, BoxScope scope) {
    if (scope == BoxScope.SESSION) {
      return session.ofSession(declaration.key(scope, ""));
    }
    ExtensionContext owner = classContext(declaration.member().getDeclaringClass());
    return of(owner).lease(declaration.key(scope, owner.getUniqueId()));
  }

  /** What the class's tests share under this key, for as long as the class lives. */
  synchronized SharedBox lease(BoxKey key) {
    return leases.computeIfAbsent(
        key,
        wanted -> {
          SharedBox box = session.lease(wanted);
          ends.push(() -> session.release(box));
          return box;
        });
  }

  /** Runs a method for all tests of a class, when it is its turn with all that it may use. */
  void inTurn(Invocation<@Nullable Void> method) throws Throwable {
    Deque<Runnable> unlocks = new ArrayDeque<>();
    try {
      for (SharedUse use : SharedUse.of(context, this)) {
        unlocks.push(acquire(use));
      }
      method.proceed();
    } finally {
      unlocks.forEach(Runnable::run);
    }
  }

  @Override
  public void close() {
    Collection<BoxUse> used = uses();
    try {
      LeakReport.endAndPublish(context, used, thread);
      FailureReport.publish(context, used, thread);
    } finally {
      Endings.runAll(takeEnds());
    }
  }

  private void enter() {
    if (entered || context.getTestMethod().isEmpty()) {
      return;
    }
    entered = true;
    List<SharedUse> shared = SharedUse.of(context, this);
    for (SharedUse use : shared) { // in one order for all tests, so that no two block each other
      onEnd(acquire(use));
    }
    for (SharedUse use : shared) {
      use.box().begin(use.reset());
      use.box()
          .started()
          .ifPresent(box -> use(new BoxUse(box, box.journal().count(), !use.exclusive())));
    }
  }

  private static Runnable acquire(SharedUse use) {
    try {
      return use.box().lock().acquire(use.exclusive(), use.place());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JUnitException("interrupted while waiting for " + use.place(), e);
    }
  }

  private ExtensionContext classContext(Class<?> declaring) {
    ExtensionContext candidate = context;
    while (candidate.getTestMethod().isPresent()
        || !candidate.getTestClass().map(declaring::isAssignableFrom).orElse(false)) {
      candidate =
          candidate
              .getParent()
              .orElseThrow(() -> new JUnitException("no test of " + declaring + " is running"));
    }
    return candidate;
  }

  private synchronized void use(BoxUse use) {
    uses.putIfAbsent(use.box(), use);
  }

  private synchronized Collection<BoxUse> uses() {
    return List.copyOf(uses.values());
  }

  private synchronized void onEnd(Runnable end) {
    ends.push(end);
  }

  /** The ends that nobody has done yet, the latest first. */
  private synchronized List<Runnable> takeEnds() {
    List<Runnable> taken = List.copyOf(ends);
    ends.clear();
    return taken;
  }
}
