package io.boxlite.maven;

import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.project.MavenProject;

/**
 * Runs an action once in a Maven build, however many modules and threads request it; the others
 * wait for it. The state is kept with the top-level project, in JDK classes only, because modules
 * may load the plugin more than once.
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
   * Runs an action, or waits until another module has run it.
   *
   * @return whether this call ran it
   * @throws RuntimeException the exception of the action, in this call and in all others
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
