package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.BoxliteException;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.BoxLoss;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.vm.qemu.BoxDirectories;
import io.boxlite.internal.vm.qemu.DiskCopy;
import io.boxlite.internal.vm.qemu.GuestMemory;
import io.boxlite.internal.vm.qemu.QemuProcess;
import io.boxlite.internal.vm.qemu.QmpException;
import io.boxlite.internal.vm.qemu.SavedState;
import io.boxlite.internal.vm.template.VmKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running micro-VM whose agent answers; the owner of its process, files, sockets and threads.
 *
 * <p>It ends when it is stopped or closed, when its QEMU or its guest dies, or when its agent
 * cannot be relied on any more; {@link #whenLost()} tells. Any thread may call any method.
 */
public final class Vm implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Vm.class);

  private final String id;
  private final VmKind kind;
  private final QemuProcess qemu;
  private final AgentClient agent;
  private volatile boolean stopping;
  private boolean closed; // guarded by this

  Vm(String id, VmKind kind, QemuProcess qemu, AgentClient agent) {
    this.id = id;
    this.kind = kind;
    this.qemu = qemu;
    this.agent = agent;
    qemu.onExit().thenAccept(exit -> agent.lost(stopping ? "it was stopped" : exit.describe()));
    agent.whenLost().thenRun(this::killUnlessStopping);
  }

  /**
   * Boots a machine and waits until its guest is ready for use.
   *
   * @throws HypervisorUnavailableException when no child process can be run as it must be
   * @throws BoxStartException when QEMU or the guest ends, the guest is not ready in time, or this
   *     thread is interrupted, which it then stays; nothing of the machine is left
   */
  public static Vm boot(BoxDirectories directories, VmSpec spec) {
    return new ColdBoot(directories, spec, GuestMemory.anonymous(spec.kind().memoryMib())).run();
  }

  /** The box's id. */
  public String id() {
    return id;
  }

  /** What the machine is made of. */
  public VmKind kind() {
    return kind;
  }

  /** The agent in the guest. */
  public AgentClient agent() {
    return agent;
  }

  /** The last lines that the guest's kernel and agent wrote to the console; may be empty. */
  public String consoleTail() {
    return qemu.consoleTail();
  }

  /** The number of the QEMU process. */
  public long pid() {
    return qemu.pid();
  }

  /** Completes once, with the reason, when the machine can no longer be used. */
  public CompletableFuture<BoxLoss> whenLost() {
    return agent.whenLost();
  }

  /**
   * Saves its state in a template's directory; of no more use is then all but {@link #close()}.
   *
   * @param memory the file that its memory is
   */
  void save(Path memory, Path directory, Deadline deadline)
      throws IOException, QmpException, InterruptedException {
    stopping = true;
    // A clone whose agent believes to be in this session would answer nobody.
    String token = agent.detach(deadline.left());
    if (!qemu.awaitConsole("boxlite: detached " + token, deadline.left())) {
      throw QmpException.noAnswer("leaving the guest", "its agent has not noticed in time", null);
    }
    SavedState.save(qemu, memory, directory, deadline);
  }

  /**
   * Copies its scratch disk, as it is at this moment, into a new file.
   *
   * @throws BoxliteException when that fails, such as on a full disk, or takes longer, or this
   *     thread is interrupted, which it then stays
   */
  public void saveDisk(Path file, Duration timeout) {
    try {
      DiskCopy.run(qemu.qmp(), file, Deadline.in(timeout));
    } catch (IOException | QmpException e) {
      throw new BoxliteException(
          "the disk of box " + id + " cannot be copied to " + file + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while copying the disk of box " + id, e);
    }
  }

  /**
   * Lets the guest end its processes and write its file systems back, and ends the machine, by
   * force when it takes too long. Its files stay until {@link #close()}.
   *
   * @param timeout how long the guest may take
   */
  public void stop(Duration timeout) {
    stopping = true;
    Deadline deadline = Deadline.in(timeout);
    try {
      agent.shutdown(deadline.left());
      agent.lost("it was stopped");
      if (qemu.awaitExit(deadline.left()).isEmpty()) {
        log.warn("box {} did not power off within {}; ending it by force", id, timeout);
      }
    } catch (BoxliteException e) {
      log.debug("box {} cannot be shut down; ending it by force", id, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      agent.lost("it was stopped");
      qemu.end();
    }
  }

  /** Ends the machine at once and deletes its files; returns when nothing of it is left. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    stopping = true;
    boolean interrupted = Thread.interrupted();
    try (qemu) {
      agent.closing();
      // Its memory is given back while the connection ends.
      qemu.kill();
      agent.close();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A guest that broke the contract or hangs is of no use, but could go on for ever. */
  private void killUnlessStopping() {
    if (!stopping) {
      qemu.kill();
    }
  }
}
