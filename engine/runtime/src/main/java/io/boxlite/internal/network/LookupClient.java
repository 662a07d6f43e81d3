package io.boxlite.internal.network;

import io.boxlite.internal.host.AddressFamily;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The look-ups of one box. {@link NameLookups} guards all of its state. */
final class LookupClient {
  /** A look-up that waits or runs, and everybody in the box who wants its answer. */
  static final class Task {
    private final LookupClient client;
    private final Question question;
    private final CompletableFuture<NameResult> future = new CompletableFuture<>();
    private int askers = 1;

    private Task(LookupClient client, Question question) {
      this.client = client;
      this.question = question;
    }

    LookupClient client() {
      return client;
    }

    Question question() {
      return question;
    }

    CompletableFuture<NameResult> future() {
      return future;
    }

    /** Adds a question that waits for the same answer, unless there are too many. */
    boolean join(int mostAskers) {
      if (askers == mostAskers) {
        return false;
      }
      askers++;
      return true;
    }
  }

  private final NameLookups lookups;
  private final Queue<Task> waiting = new ArrayDeque<>();
  private final Map<Question, Task> unanswered = new HashMap<>();
  private int running;

  /** Whether it is in the queue of clients for which a thread could do something. */
  private boolean ready;

  LookupClient(NameLookups lookups) {
    this.lookups = lookups;
  }

  /**
   * Looks up a name. The result may be delivered by the calling thread, by a thread of the look-ups
   * or by the JDK's thread for delays, so what follows must not block.
   */
  CompletableFuture<NameResult> lookup(String name, AddressFamily family) {
    return lookups.lookup(this, new Question(name, family));
  }

  /** Ends the look-ups of this box as failed. */
  void close() {
    lookups.close(this);
  }

  /** Returns the look-up of a question that waits or runs; null if there is none. */
  @Nullable Task unanswered(Question question) {
    Task task = unanswered.get(question);
    // A thread that has the answer removes the task a moment later.
    return task == null || task.future.isDone() ? null : task;
  }

  int waiting() {
    return waiting.size();
  }

  Task add(Question question) {
    Task task = new Task(this, question);
    unanswered.put(question, task);
    waiting.add(task);
    return task;
  }

  void answered(Task task) {
    unanswered.remove(task.question, task);
  }

  /** Returns whether the client has to be queued for a thread now. */
  boolean becomesReady(int mostRunning) {
    if (ready || waiting.isEmpty() || running >= mostRunning) {
      return false;
    }
    ready = true;
    return true;
  }

  /** Takes a task that still wants an answer. The client has left the queue of clients. */
  @Nullable Task begin() {
    ready = false;
    Task task = waiting.poll();
    while (task != null && task.future.isDone()) {
      task = waiting.poll();
    }
    if (task != null) {
      running++;
    }
    return task;
  }

  void end() {
    running--;
  }

  /** Forgets all tasks, and returns those without an answer. */
  List<Task> clear() {
    List<Task> all = List.copyOf(unanswered.values());
    waiting.clear();
    unanswered.clear();
    return all;
  }
}
