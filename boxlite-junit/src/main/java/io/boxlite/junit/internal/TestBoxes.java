package io.boxlite.junit.internal;

import io.boxlite.BoxOptions;
import io.boxlite.LiteBox;
import io.boxlite.junit.BoxScope;
import io.boxlite.junit.internal.declaration.BoxDeclaration;
import io.boxlite.junit.internal.declaration.InvalidDeclarationException;
import io.boxlite.junit.internal.report.BoxUse;
import io.boxlite.junit.internal.report.FailureReport;
import io.boxlite.junit.internal.report.LeakReport;
import io.boxlite.junit.internal.report.StartedBox;
import io.boxlite.junit.internal.report.TestThreads;
import io.boxlite.junit.internal.sharing.BoxSession;
import io.boxlite.junit.internal.sharing.BoxSessions;
import io.boxlite.junit.internal.sharing.ClassBoxes;
import io.boxlite.junit.internal.sharing.CloseAll;
import io.boxlite.junit.internal.sharing.DynamicTests;
import io.boxlite.junit.internal.sharing.JUnitSettings;
import io.boxlite.junit.internal.sharing.SharedTurn;
import io.boxlite.junit.internal.sharing.SharedUse;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.InvocationInterceptor.Invocation;

/**
 * The boxes of one execution of a test or of a test class. It lies in JUnit's store, which closes
 * it when all else of the test is over: then it tells of failures and leaks, ends the boxes that
 * were the test's own, and lets other tests use those that it shared.
 */
@SuppressWarnings("deprecation") // JUnit 5.12 closes no other values
final class TestBoxes implements Store.CloseableResource, AutoCloseable {
  private final ExtensionContext context;
  private final BoxSession session;
  private final TestThreads threads;

  // The tests of a class may run at the same time; guarded by this.
  private final Deque<Runnable> ends = new ArrayDeque<>();
  private final Map<StartedBox, BoxUse> uses = new LinkedHashMap<>();

  private final Set<StartedBox> own = new HashSet<>();

  // Of a test, whose methods run one after the other.
  private boolean entered;
  private SharedTurn turn = new SharedTurn(List.of());
  private @Nullable Factory factory;

  private TestBoxes(ExtensionContext context, BoxSession session) {
    this.context = context;
    this.session = session;
    threads = new TestThreads(context.getTestMethod().isPresent());
  }

  /**
   * The boxes of a test or class. A test waits here, the first time, for its turn with all that it
   * shares with others.
   */
  static TestBoxes of(ExtensionContext context) {
    BoxSession session = BoxSessions.of(context);
    if (context.getTestMethod().isEmpty()) {
      ClassBoxes.of(context); // first into the store, so that it is closed last
    }
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

  /** The boxes of the factory that has given a dynamic test. */
  static TestBoxes ofFactory(ExtensionContext dynamicTest) {
    ExtensionContext factory = dynamicTest;
    while (factory.getParent().flatMap(ExtensionContext::getTestMethod).isPresent()) {
      factory = factory.getParent().orElseThrow();
    }
    return of(factory);
  }

  /**
   * Gives the box of a declaration, started if it is the first to ask.
   *
   * @throws InvalidDeclarationException when the declaration cannot be met
   */
  LiteBox take(BoxDeclaration declaration) {
    BoxScope scope = declaration.scope(context.getTestMethod().isPresent());
    BoxOptions options = declaration.options();
    StartedBox box;
    if (scope == BoxScope.METHOD) {
      box = session.start(options);
      useOwn(box);
    } else {
      box = ClassBoxes.find(context, declaration, scope).get(() -> session.start(options));
      use(box, 0, declaration.box().concurrent());
    }
    if (declaration.isOfConstructor()) {
      session.givenToConstructor(box.box());
    }
    return box.box();
  }

  /**
   * Whether a field that has this value has got it from its constructor, which got it from here.
   */
  boolean isOfConstructor(@Nullable Object value) {
    return session.isOfConstructor(value);
  }

  /** Runs a method for all tests of a class, when it is its turn with all that it may use. */
  void inTurn(Invocation<@Nullable Void> method) throws Throwable {
    SharedTurn ofMethod = new SharedTurn(SharedUse.of(context));
    try {
      ofMethod.begin();
      run(method);
    } finally {
      ofMethod.end();
    }
  }

  /** Runs a method of the test or class, in whatever thread JUnit has chosen for it. */
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
   * Runs a test factory's method.
   *
   * @return its dynamic tests, which are followed
   */
  <T> @Nullable Object runFactory(Invocation<T> method) throws Throwable {
    Object given = run(method);
    if (given == null || turn.uses().isEmpty()) {
      return given;
    }
    Factory begun = new Factory(given);
    factory = begun;
    return begun.watched.nodes();
  }

  /** Runs one of the dynamic tests of this factory. */
  void runDynamic(Invocation<@Nullable Void> test) throws Throwable {
    Factory begun = factory;
    if (begun == null) {
      run(test);
    } else {
      begun.run(test);
    }
  }

  /** Runs a method that is to run after a test, dynamic ones included. */
  void runAfterEach(Invocation<@Nullable Void> method) throws Throwable {
    Factory over = factory;
    if (over != null) {
      over.resume();
    }
    run(method);
  }

  @Override
  public void close() {
    Factory over = factory;
    if (over != null) {
      over.close();
    }
    Collection<BoxUse> used = uses();
    try {
      LeakReport.endAndPublish(context, used);
      FailureReport.publish(context, used, JUnitSettings.keepOnFailure(context));
    } finally {
      CloseAll.runAll(takeEnds());
    }
  }

  private void enter() {
    if (entered || context.getTestMethod().isEmpty()) {
      return;
    }
    entered = true;
    turn = new SharedTurn(SharedUse.of(context));
    onEnd(turn::end);
    turn.begin();
    turn.uses().forEach(use -> use.box().begin(use.reset()));
    useShared();
  }

  private void useShared() {
    for (SharedUse use : turn.uses()) {
      use.box().started().ifPresent(box -> use(box, box.journal().count(), !use.exclusive()));
    }
  }

  private synchronized void use(StartedBox box, long before, boolean concurrent) {
    uses.computeIfAbsent(box, used -> new BoxUse(used, before, concurrent, threads));
    box.journal().enter(threads);
  }

  private synchronized void useOwn(StartedBox box) {
    own.add(box);
    onEnd(() -> session.end(box));
    use(box, 0, false);
  }

  /** The uses of shared boxes, which are over. */
  private synchronized Collection<BoxUse> takeSharedUses() {
    List<BoxUse> shared = uses.values().stream().filter(use -> !own.contains(use.box())).toList();
    shared.forEach(use -> uses.remove(use.box()));
    return shared;
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

  /**
   * This test as a factory whose method has given its dynamic tests. While they run, JUnit can have
   * a thread of theirs run other tests on top, for which it pauses.
   */
  private final class Factory {
    private final DynamicTests.Watched watched;

    // Guarded by this.
    private boolean paused;
    private boolean over;

    Factory(Object given) {
      watched = DynamicTests.watch(given, this::pause);
    }

    void run(Invocation<@Nullable Void> test) throws Throwable {
      List<Runnable> leaves = turn.uses().stream().map(use -> use.box().lock().join()).toList();
      watched.tests().began();
      try {
        TestBoxes.this.run(test);
      } finally {
        watched.tests().ended();
        leaves.forEach(Runnable::run);
      }
    }

    /** Lets others have their turn until {@link #resume}: its dynamic tests have all ended. */
    synchronized void pause() {
      if (!over && !paused) {
        paused = true;
        LeakReport.endAndPublish(context, takeSharedUses());
        turn.end();
      }
    }

    /** Waits for its turn again, if it was paused; from now on it is not. */
    synchronized void resume() {
      if (!over) {
        close();
        if (paused) {
          turn.begin();
          useShared();
        }
      }
    }

    synchronized void close() {
      over = true;
      watched.tests().close();
    }
  }
}
