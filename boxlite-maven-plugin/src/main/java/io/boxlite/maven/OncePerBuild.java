package io.boxlite.maven;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.project.MavenProject;

/**
 * Runs an action once in a Maven build, however many modules and threads request it; the others
 * wait until it is done. The state is stored in the top-level project, as JDK classes only, because
 * Maven may load the plugin more than once.
 */
final class OncePerBuild {
  private static final String KEY = "io.boxlite.maven.done";

  private final Map<String, CompletableFuture<Boolean>> done;

  @SuppressWarnings("unchecked")
  OncePerBuild(MavenSession session) {
    MavenProject top = session.getTopLevelProject();
    synchronized (top) {
      Object existing = top.getContextValue(KEY);
      if (existing == null) {
        existing = new ConcurrentHashMap<String, CompletableFuture<Boolean>>();
        top.setContextValue(KEY, existing);
      }
      done = (Map<String, CompletableFuture<Boolean>>) existing;
    }
  }

  /**
   * Runs an action, or waits until another module has run it.
   *
   * @param name identifies the action
   * @throws RuntimeException the exception of the action, in this call and in all others
   */
  void run(String name, Runnable action) {
    CompletableFuture<Boolean> mine = new CompletableFuture<>();
    CompletableFuture<Boolean> first = done.putIfAbsent(name, mine);
    if (first == null) {
      try {
        action.run();
        mine.complete(true);
      } catch (RuntimeException | Error e) {
        mine.completeExceptionally(e);
        throw e;
      }
      return;
    }
    try {
      first.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }
}
