package io.boxlite.internal.image.registry;

import io.boxlite.internal.host.ThreadEnd;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;

/** Threads of one owner, who waits until they have ended. */
final class OwnedThreads implements ThreadFactory {
  private final String name;
  private final List<Thread> threads = new CopyOnWriteArrayList<>();

  OwnedThreads(String name) {
    this.name = name;
  }

  @Override
  public Thread newThread(Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    threads.add(thread);
    return thread;
  }

  /** Waits until all threads have ended, even when interrupted. */
  void join() {
    threads.forEach(ThreadEnd::await);
  }
}
