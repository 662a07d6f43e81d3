package io.boxlite.junit.internal.sharing;

import io.boxlite.junit.BoxScope;
import io.boxlite.junit.internal.declaration.BoxDeclaration;
import io.boxlite.junit.internal.declaration.BoxKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.platform.commons.JUnitException;

/**
 * The shared boxes that belong to one execution of a test class. JUnit's store of the class keeps
 * it and closes it after the last test of the class, which releases the boxes.
 */
@SuppressWarnings("deprecation") // JUnit 5.12 closes only CloseableResource values of a store
public final class ClassBoxes implements Store.CloseableResource, AutoCloseable {
  private final BoxSession session;
  private final Map<BoxKey, SharedBox> retained = new LinkedHashMap<>(); // guarded by this

  private final BoxNetworks networks;

  private ClassBoxes(BoxSession session) {
    this.session = session;
    networks = new BoxNetworks(session);
  }

  /**
   * Returns those of a class's execution.
   *
   * @param testClass the context of the class
   */
  public static ClassBoxes of(ExtensionContext testClass) {
    BoxSession session = BoxSessions.of(testClass);
    return Objects.requireNonNull(
        testClass
            .getStore(BoxSessions.NAMESPACE)
            .getOrComputeIfAbsent(
                // A store also returns its parents' values, so the key names the context.
                "shared boxes of " + testClass.getUniqueId(),
                key -> new ClassBoxes(session),
                ClassBoxes.class));
  }

  /**
   * Returns the shared box that a declaration refers to. It is not started by this.
   *
   * @param context the test or class that may use it
   * @param scope of the declaration, {@link BoxScope#CLASS} or {@link BoxScope#SESSION}
   */
  public static SharedBox find(
      ExtensionContext context, BoxDeclaration declaration, BoxScope scope) {
    if (scope == BoxScope.SESSION) {
      return BoxSessions.of(context).ofSession(declaration.key(scope, ""));
    }
    ExtensionContext owner = contextOf(declaration.member().getDeclaringClass(), context);
    return of(owner).get(declaration.key(scope, owner.getUniqueId()));
  }

  /**
   * Returns the networks that shared boxes of a scope join.
   *
   * @param context of a test or class; those of a class also belong to the classes nested in it
   * @param scope {@link BoxScope#CLASS} or {@link BoxScope#SESSION}
   */
  public static BoxNetworks networks(ExtensionContext context, BoxScope scope) {
    if (scope == BoxScope.SESSION) {
      return BoxSessions.of(context).networks();
    }
    ExtensionContext outermost = context;
    for (Optional<ExtensionContext> at = Optional.of(context);
        at.isPresent();
        at = at.get().getParent()) {
      if (at.get().getTestClass().isPresent()) {
        outermost = at.get();
      }
    }
    return of(outermost).networks;
  }

  /** Returns the shared box with this key, which lives at least as long as the class. */
  synchronized SharedBox get(BoxKey key) {
    return retained.computeIfAbsent(key, session::retain);
  }

  @Override
  public void close() {
    List<Runnable> releases = new ArrayList<>();
    synchronized (this) {
      retained.values().forEach(box -> releases.add(0, () -> session.release(box)));
      retained.clear();
    }
    releases.add(networks::close);
    CloseAll.runAll(releases);
  }

  /** Finds the context of the test class that declares or inherits a member of a class. */
  private static ExtensionContext contextOf(Class<?> declaring, ExtensionContext context) {
    ExtensionContext candidate = context;
    while (candidate.getTestMethod().isPresent()
        || !candidate.getTestClass().map(declaring::isAssignableFrom).orElse(false)) {
      candidate =
          candidate
              .getParent()
              .orElseThrow(() -> new JUnitException("no test of " + declaring + " is running"));
    }
    // Each invocation of a parameterized class has a context within that of the class.
    Optional<ExtensionContext> around = candidate.getParent();
    while (around.isPresent() && around.get().getTestClass().equals(candidate.getTestClass())) {
      candidate = around.get();
      around = candidate.getParent();
    }
    return candidate;
  }
}
