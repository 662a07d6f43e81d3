package io.boxlite.junit.internal;

import io.boxlite.BoxOptions;
import io.boxlite.LiteBox;
import io.boxlite.junit.BoxScope;
import io.boxlite.junit.internal.declaration.BoxDeclaration;
import io.boxlite.junit.internal.declaration.InvalidDeclarationException;
import io.boxlite.junit.internal.report.BoxUse;
import io.boxlite.junit.internal.report.FailureReport;
import io.boxlite.junit.internal.report.LeakReport;
import io.boxlite.junit.internal.report.RecordedBox;
import io.boxlite.junit.internal.report.TestThreads;
import io.boxlite.junit.internal.sharing.BoxLocks;
import io.boxlite.junit.internal.sharing.BoxNetworks;
import io.boxlite.junit.internal.sharing.BoxSession;
import io.boxlite.junit.internal.sharing.BoxSessions;
import io.boxlite.junit.internal.sharing.ClassBoxes;
import io.boxlite.junit.internal.sharing.CloseAll;
import io.boxlite.junit.internal.sharing.DynamicTests;
import io.boxlite.junit.internal.sharing.JUnitSettings;
import io.boxlite.junit.internal.sharing.LockRequest;
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

/**
 * The boxes that one execution of a test, or of a test class, uses.
 *
 * <p>JUnit's store keeps it, and closes it when everything else of the test is over. Then it kills
 * and reports what the test left running, reports on the boxes if the test failed, closes the boxes
 * of the test, and releases the locks on the shared ones.
 */
@SuppressWarnings("deprecation") // JUnit 5.12 closes only CloseableResource values of a store
final class TestBoxes implements Store.CloseableResource, AutoCloseable {
  private final ExtensionContext context;
  private final BoxSession session;
  private final TestThreads threads;

  // The tests of a class may run at the same time; guarded by this.
  private final Deque<Runnable> endActions = new ArrayDeque<>();
  private final Map<RecordedBox, BoxUse> ownUses = new LinkedHashMap<>();
  private final Map<RecordedBox, BoxUse> sharedUses = new LinkedHashMap<>();

  // Of a test, whose methods run one after the other.
  private boolean locked;
  private BoxLocks locks = BoxLocks.none();
  private @Nullable Factory factory;
  private @Nullable BoxNetworks networks; // guarded by this

  private TestBoxes(ExtensionContext context, BoxSession session) {
    this.context = context;
    this.session = session;
    threads = new TestThreads(context.getTestMethod().isPresent());
  }

  /**
   * Returns the boxes of a test or class. The first call for a test waits until the test holds the
   * locks on all shared boxes that it may use.
   */
  static TestBoxes of(ExtensionContext context) {
    BoxSession session = BoxSessions.of(context);
    boolean isTest = context.getTestMethod().isPresent();
    if (!isTest) {
      ClassBoxes.of(context); // A store closes its values in reverse order: reports come first.
    }
    TestBoxes boxes =
        Objects.requireNonNull(
            context
                .getStore(BoxSessions.NAMESPACE)
                .getOrComputeIfAbsent(
                    // A store also returns its parents' values, so the key names the context.
                    "boxes of " + context.getUniqueId(),
                    key -> new TestBoxes(context, session),
                    TestBoxes.class));
    if (isTest) {
      boxes.lockSharedBoxes();
    }
    return boxes;
  }

  /** Returns the boxes of the factory method that a dynamic test belongs to. */
  static TestBoxes ofFactory(ExtensionContext dynamicTest) {
    ExtensionContext factory = dynamicTest;
    while (factory.getParent().flatMap(ExtensionContext::getTestMethod).isPresent()) {
      factory = factory.getParent().orElseThrow();
    }
    return of(factory);
  }

  private void lockSharedBoxes() {
    if (locked) {
      return;
    }
    locked = true;
    locks = BoxLocks.of(context);
    onEnd(locks::release);
    locks.acquire();
    locks.requests().forEach(request -> request.box().beginTest(request.reset()));
    useLockedBoxes();
  }

  /** Records the use of shared boxes that were started before: the test may have references. */
  private void useLockedBoxes() {
    for (LockRequest request : locks.requests()) {
      request.box().started().ifPresent(box -> useShared(box, box.count(), !request.exclusive()));
    }
  }

  /**
   * Returns the box of a declaration, and starts it if this is the first request for it.
   *
   * @throws InvalidDeclarationException if the declaration is wrong
   */
  LiteBox get(BoxDeclaration declaration) {
    BoxScope scope = declaration.scope(context.getTestMethod().isPresent());
    BoxOptions options = onNetwork(declaration.options(), scope);
    LiteBox box = scope == BoxScope.METHOD ? startOwn(options) : share(declaration, scope, options);
    if (declaration.isOfConstructor()) {
      session.givenToConstructor(box);
    }
    return box;
  }

  /**
   * Makes the network that a box joins. It belongs to whom the longest-lived of the boxes belongs
   * that may join it in this test.
   */
  private BoxOptions onNetwork(BoxOptions options, BoxScope scope) {
    if (options.join().isEmpty()) {
      return options;
    }
    String name = options.join().get();
    List<LockRequest> shared =
        context.getTestMethod().isPresent() ? locks.requests() : BoxLocks.of(context).requests();
    BoxScope widest =
        shared.stream()
            .filter(request -> request.network().equals(name))
            .map(LockRequest::scope)
            .reduce(scope, (one, other) -> one.compareTo(other) < 0 ? other : one);
    BoxNetworks owner =
        widest == BoxScope.METHOD ? ownNetworks() : ClassBoxes.networks(context, widest);
    return options.toBuilder()
        .join(owner.get(name), options.alias().toArray(String[]::new))
        .build();
  }

  /** Returns the networks of this test, which end after its boxes. */
  private synchronized BoxNetworks ownNetworks() {
    if (networks == null) {
      BoxNetworks created = new BoxNetworks(session);
      networks = created;
      onEnd(created::close);
    }
    return networks;
  }

  private LiteBox startOwn(BoxOptions options) {
    RecordedBox box = session.start(options);
    onEnd(() -> session.close(box));
    use(ownUses, new BoxUse(box, 0, false, threads));
    return box.box();
  }

  private LiteBox share(BoxDeclaration declaration, BoxScope scope, BoxOptions options) {
    RecordedBox box =
        ClassBoxes.find(context, declaration, scope).get(() -> session.start(options));
    useShared(box, 0, declaration.box().concurrent());
    return box.box();
  }

  private void useShared(RecordedBox box, long before, boolean concurrent) {
    use(sharedUses, new BoxUse(box, before, concurrent, threads));
  }

  private synchronized void use(Map<RecordedBox, BoxUse> uses, BoxUse use) {
    uses.putIfAbsent(use.box(), use);
    use.box().enter(threads);
  }

  /**
   * Returns whether a field has this value from its constructor, which got it from this extension.
   */
  boolean wasGivenToConstructor(@Nullable Object value) {
    return session.wasGivenToConstructor(value);
  }

  /** Runs a lifecycle method of a class, with the locks on all shared boxes that it may use. */
  void runLocked(Invocation<@Nullable Void> method) throws Throwable {
    BoxLocks ofMethod = BoxLocks.of(context);
    try {
      ofMethod.acquire();
      run(method);
    } finally {
      ofMethod.release();
    }
  }

  /** Runs a method of the test or class, in the thread that JUnit has chosen for it. */
  <T> T run(Invocation<T> method) throws Throwable {
    boolean added = threads.addCurrent();
    try {
      return method.proceed();
    } finally {
      if (added) {
        threads.removeCurrent();
      }
    }
  }

  /**
   * Runs the method of a test factory.
   *
   * @return its dynamic tests, instrumented if they need locks
   */
  <T> @Nullable Object runFactory(Invocation<T> method) throws Throwable {
    Object returned = run(method);
    if (returned == null || locks.isEmpty()) {
      return returned;
    }
    Factory started = new Factory(returned);
    factory = started;
    return started.watched.nodes();
  }

  /** Runs a dynamic test of this factory. */
  void runDynamic(Invocation<@Nullable Void> test) throws Throwable {
    Factory started = factory;
    if (started == null) {
      run(test);
    } else {
      started.run(test);
    }
  }

  /** Runs a method that follows a test, or all dynamic tests of a factory. */
  void runAfterEach(Invocation<@Nullable Void> method) throws Throwable {
    Factory ended = factory;
    if (ended != null) {
      ended.resume();
    }
    run(method);
  }

  @Override
  public void close() {
    Factory ended = factory;
    if (ended != null) {
      ended.close();
    }
    try {
      Collection<BoxUse> uses = uses();
      LeakReport.endAndPublish(context, uses);
      FailureReport.publish(context, uses, JUnitSettings.keepOnFailure(context));
    } finally {
      CloseAll.runAll(takeEndActions());
    }
  }

  private synchronized Collection<BoxUse> uses() {
    Map<RecordedBox, BoxUse> uses = new LinkedHashMap<>(ownUses);
    uses.putAll(sharedUses);
    return uses.values();
  }

  private synchronized Collection<BoxUse> takeSharedUses() {
    List<BoxUse> taken = List.copyOf(sharedUses.values());
    sharedUses.clear();
    return taken;
  }

  private synchronized void onEnd(Runnable action) {
    endActions.push(action);
  }

  /** Returns the actions that have not run yet, the latest first. */
  private synchronized List<Runnable> takeEndActions() {
    List<Runnable> taken = List.copyOf(endActions);
    endActions.clear();
    return taken;
  }

  /**
   * The dynamic tests of this test, which is a factory. While they run, JUnit may run other tests
   * on top of the factory, in the same thread. The factory pauses for them, without its locks.
   */
  private final class Factory {
    private final DynamicTests.Watched watched;

    // Guarded by this.
    private boolean paused;
    private boolean over;

    Factory(Object returned) {
      watched = DynamicTests.watch(returned, this::pause);
    }

    void run(Invocation<@Nullable Void> test) throws Throwable {
      Runnable leave = locks.join();
      watched.tests().began();
      try {
        TestBoxes.this.run(test);
      } finally {
        watched.tests().ended();
        leave.run();
      }
    }

    /** Releases the locks until {@link #resume}. All dynamic tests have ended. */
    synchronized void pause() {
      if (!over && !paused) {
        paused = true;
        LeakReport.endAndPublish(context, takeSharedUses());
        locks.release();
      }
    }

    /** Waits for the locks again if the factory was paused. It does not pause any more. */
    synchronized void resume() {
      if (!over) {
        close();
        if (paused) {
          locks.acquire();
          useLockedBoxes();
        }
      }
    }

    synchronized void close() {
      over = true;
      watched.tests().close();
    }
  }
}
