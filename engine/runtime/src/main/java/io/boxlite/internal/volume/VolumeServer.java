package io.boxlite.internal.volume;

import io.boxlite.BoxliteException;
import io.boxlite.VolumeMode;
import io.boxlite.internal.guest.GuestVolume;
import io.boxlite.internal.host.Privileges;
import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.HostError;
import io.boxlite.internal.host.tree.HostTree;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a directory of this machine to one box. Has a few threads of its own, which end when there
 * is nothing to do, so a slow file system holds up only those who use it.
 *
 * <p>The guest is held up while {@link #MAX_REQUESTS} of its requests wait, or while it does not
 * take replies. So it uses a bounded amount of memory of this JVM, whatever it sends.
 */
public final class VolumeServer implements AutoCloseable, GuestVolume.Handler {
  private static final Logger log = LoggerFactory.getLogger(VolumeServer.class);

  private static final int THREADS = 4;
  private static final Duration IDLE = Duration.ofSeconds(5);

  /** The number of requests that wait or are being served, and their bytes with their replies. */
  private static final int MAX_REQUESTS = 256;

  private static final int MAX_REQUEST_BYTES = 4 << 20;

  /** How many requests may wait for locks. The others are needed to free them. */
  static final int MAX_LOCK_WAITERS = 128;

  private static final Duration FIRST_LOCK_PAUSE = Duration.ofMillis(1);
  private static final Duration LAST_LOCK_PAUSE = Duration.ofMillis(16);

  /**
   * How long a program waits for a file system that does not respond, when it has received a
   * signal. A program that is killed ends after that.
   */
  static final Duration INTERRUPT_DELAY = Duration.ofSeconds(1);

  /** How late a program that runs sees what others change. */
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  /** How long a command may be delayed by a file system or a guest that does not respond. */
  private static final Duration REFRESH_TIMEOUT = Duration.ofSeconds(2);

  /** Many more than a guest can find meanwhile. */
  private static final int FORGOTTEN_AT_ONCE = 5_000;

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private final HostTree tree;
  private final VolumeFiles files;
  private final FuseServer server;
  private final Neighbours neighbours;
  private final GuestVolume guest;
  private final ThreadPoolExecutor threads;
  private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger lockWaiters = new AtomicInteger();
  private final AtomicBoolean checking = new AtomicBoolean();
  private final AtomicBoolean forgetting = new AtomicBoolean();

  // Guarded by this.
  private int requests;
  private long bytes;
  private boolean asked; // the next request was asked for and has not arrived

  /** A request that has no reply yet. */
  private static final class Pending {
    final FuseRequest request;
    final AtomicBoolean replied = new AtomicBoolean();
    volatile boolean interrupted;
    volatile Duration lockPause = Duration.ZERO; // before the last attempt to get a lock

    Pending(FuseRequest request) {
      this.request = request;
    }
  }

  private VolumeServer(HostTree tree, VolumeFiles files, GuestVolume guest) {
    this.tree = tree;
    this.files = files;
    server = new FuseServer(files);
    neighbours = new Neighbours(files);
    this.guest = guest;
    threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(), // bounded by the requests that are asked for
            this::thread);
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Starts to serve a volume that was attached to a box.
   *
   * @param tree the directory, which this owns from now on
   * @param mode what the box may do
   * @throws BoxliteException when the directory cannot be read
   */
  public static VolumeServer start(HostTree tree, VolumeMode mode, GuestVolume guest) {
    try {
      Owner owner = new Owner(guest.uid(), guest.gid());
      Owners owners = new Owners(tree, (int) Privileges.ofThisProcess().uid(), owner);
      VolumeServer started = new VolumeServer(tree, new VolumeFiles(tree, mode, owners), guest);
      guest.serve(started);
      started.askForMore();
      return started;
    } catch (HostError e) {
      tree.close();
      throw new BoxliteException("cannot read the directory " + tree.directory() + ": " + e, e);
    }
  }

  VolumeFiles files() {
    return files;
  }

  @Override
  public boolean request(byte[] message) {
    FuseRequest request = FuseRequest.of(message);
    if (request == null) {
      return false;
    }
    synchronized (this) {
      asked = false;
      requests++;
      bytes += request.cost();
    }
    if (request.opcode() == Fuse.INTERRUPT) {
      interrupt(request);
      finished(request);
    } else {
      execute(request);
    }
    askForMore();
    return true;
  }

  @Override
  public void ready() {
    askForMore();
  }

  /**
   * Tells the guest what others have changed in files that it knows, and waits until it knows. So a
   * command that is started afterwards sees everything that was done before.
   */
  public void refresh() {
    if (files.known().isEmpty()) {
      return;
    }
    try {
      // On another thread, since the file system may not respond.
      int changed =
          threads
              .submit(() -> files.known().check(guest::reply))
              .get(REFRESH_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      if (changed > 0) {
        guest.awaitNotifications(REFRESH_TIMEOUT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // what is started then notices
    } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
      log.debug("cannot check what has changed in {}", tree.directory(), e);
    }
  }

  /** Checks what the guest knows once a second, as long as it knows something. */
  private void checkLater() {
    if (checking.compareAndSet(false, true)) {
      guest.after(CHECK_INTERVAL, () -> execute(this::check));
    }
  }

  private void check() {
    checking.set(false);
    files.known().check(guest::reply);
    if (!files.known().isEmpty()) {
      checkLater();
    }
  }

  private void execute(Runnable work) {
    try {
      threads.execute(work);
    } catch (RejectedExecutionException e) {
      log.debug("the volume {} is closed", tree.directory());
    }
  }

  private void execute(FuseRequest request) {
    Pending waiting = new Pending(request);
    pending.put(request.unique(), waiting);
    try {
      threads.execute(() -> serve(waiting));
    } catch (RejectedExecutionException e) {
      finished(request); // this is closed
    }
  }

  private void serve(Pending waiting) {
    FuseRequest request = waiting.request.again();
    boolean waits = false;
    try {
      if (waiting.replied.get()) {
        return;
      }
      byte[] reply = server.serve(request);
      if (isForLockOfOthers(request, reply)) {
        waits = awaitLock(waiting);
        reply = FuseReply.error(request.unique(), waiting.interrupted ? Errno.EINTR : Errno.ENOLCK);
      }
      if (reply != null && !waits) {
        if (waiting.replied.compareAndSet(false, true)) {
          if (request.opcode() == Fuse.READ && !files.isShared()) {
            // Before the reply: the program goes on to the next file at once.
            neighbours.sendAfter(request.node(), guest::reply, guest::isReady);
          }
          guest.reply(reply);
        } else {
          server.withdraw(request, reply);
        }
      }
    } catch (RuntimeException | Error e) { // without a reply, a program would wait
      log.warn("a request for the volume {} failed", tree.directory(), e);
      fail(waiting, Errno.EIO);
    } finally {
      if (!waits) {
        ended(waiting);
      }
      if (files.nodes().isCrowded() && forgetting.compareAndSet(false, true)) {
        files.nodes().forgetEldest(FORGOTTEN_AT_ONCE).forEach(guest::reply);
        guest.after(CHECK_INTERVAL.dividedBy(4), () -> forgetting.set(false));
      }
      if (!files.known().isEmpty()) {
        checkLater();
      }
    }
  }

  private void ended(Pending waiting) {
    pending.remove(waiting.request.unique(), waiting);
    if (!waiting.lockPause.isZero()) {
      lockWaiters.decrementAndGet();
    }
    finished(waiting.request);
    askForMore();
  }

  private static boolean isForLockOfOthers(FuseRequest request, byte @Nullable [] reply) {
    return request.opcode() == Fuse.SETLKW
        && reply != null
        && FuseReply.errnoIn(reply) == Errno.EAGAIN;
  }

  /**
   * Tries again later to get a lock, which keeps no thread waiting. The program that holds it may
   * be one of any box or of this machine, so nobody would tell that it is free.
   *
   * @return whether it will; false if the program was interrupted, or too many wait
   */
  private boolean awaitLock(Pending waiting) {
    if (waiting.interrupted) {
      return false;
    }
    if (waiting.lockPause.isZero()) {
      if (lockWaiters.incrementAndGet() > MAX_LOCK_WAITERS) {
        lockWaiters.decrementAndGet();
        return false;
      }
      waiting.lockPause = FIRST_LOCK_PAUSE;
    } else if (waiting.lockPause.compareTo(LAST_LOCK_PAUSE) < 0) {
      waiting.lockPause = waiting.lockPause.multipliedBy(2);
    }
    guest.after(waiting.lockPause, () -> execute(() -> serve(waiting)));
    return true;
  }

  private void fail(Pending waiting, int errno) {
    if (waiting.replied.compareAndSet(false, true)) {
      guest.reply(FuseReply.error(waiting.request.unique(), errno));
    }
  }

  /** A program that waits for a request has received a signal. */
  private void interrupt(FuseRequest request) {
    try {
      Pending waiting = pending.get(request.int64());
      if (waiting != null) {
        waiting.interrupted = true; // one that waits for a lock looks at this soon
        guest.after(INTERRUPT_DELAY, () -> fail(waiting, Errno.EINTR));
      }
    } catch (HostError e) {
      log.debug("an interrupt names no request", e);
    }
  }

  private synchronized void finished(FuseRequest request) {
    requests--;
    bytes -= request.cost();
  }

  private void askForMore() {
    synchronized (this) {
      if (asked || requests >= MAX_REQUESTS || bytes >= MAX_REQUEST_BYTES || !guest.isReady()) {
        return;
      }
      asked = true;
    }
    guest.askForMore();
  }

  private Thread thread(Runnable work) {
    Runnable all =
        () -> {
          work.run();
          if (threads.getPoolSize() == 0) {
            server.rest();
          }
        };
    String name = "boxlite-volume-" + guest.box() + "-" + made.incrementAndGet();
    Thread thread = new Thread(all, name);
    thread.setDaemon(true);
    return thread;
  }

  /** The box has ended, or no longer has the volume: others can have what it has locked. */
  @Override
  public void ended() {
    execute(files.locks()::close);
  }

  /** Ends the threads and closes all files. The mount in the guest fails from now on. */
  @Override
  public void close() {
    guest.close();
    threads.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      if (!threads.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("the file system of {} does not respond; a thread waits for it", tree.directory());
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    server.close();
    tree.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
