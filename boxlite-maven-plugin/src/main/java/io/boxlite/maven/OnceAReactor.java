package io.boxlite.maven;

import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.project.MavenProject;

/**
 * Does a thing once in a run of Maven, however many modules want it and however many threads build
 * them; the others wait for it. What one run has done is kept with its top-level project, in
 * classes of the JDK alone: modules may have the plugin loaded more than once.
 */
final class OnceAReactor {
  private static final String KEY = "io.boxlite.maven.done";

  private final Map<String, CompletableFuture<Boolean>> done;

  @SuppressWarnings("unchecked")
  OnceAReactor(MavenSession session) {
    MavenProject top = session.getTopLevelProject();
    synchronized (top) {
      Object there = top.getContextValue(KEY);
      if (there == null) {
        there = new ConcurrentHashMap<String, CompletableFuture<Boolean>>();
        top.setContextValue(KEY, there);
      }
      done = (Map<String, CompletableFuture<Boolean>>) there;
    }
  }

  /**
   * Does a thing, or waits until another module has done it.
   *
   * @return whether it was this call that did it
   * @throws RuntimeException what it threw, in the call that did it and in all others
   */
  boolean run(String thing, Runnable action) {
    CompletableFuture<Boolean> mine = new CompletableFuture<>();
    CompletableFuture<Boolean> first = done.putIfAbsent(thing, mine);
    if (first == null) {
      try {
        action.run();
        mine.complete(true);
      } catch (RuntimeException | Error e) {
        mine.completeExceptionally(e);
        throw e;
      }
      return true;
    }
    try {
      first.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    } catch (CancellationException e) {
      throw new IllegalStateException("nobody cancels", e);
    }
    return false;
  }
}
