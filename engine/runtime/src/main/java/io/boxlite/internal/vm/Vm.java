package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.BoxliteException;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.BoxLoss;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.network.BoxGateway;
import io.boxlite.internal.network.NetworkSession;
import io.boxlite.internal.network.Networks;
import io.boxlite.internal.network.ip.EthernetLink;
import io.boxlite.internal.vm.machine.BoxDirectories;
import io.boxlite.internal.vm.machine.HypervisorException;
import io.boxlite.internal.vm.machine.Machine;
import io.boxlite.internal.vm.machine.ProcessIsolation;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.VmKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A micro-VM with a connection to its agent. Owns its process, files, sockets and threads.
 *
 * <p>It ends when it is stopped or closed, when its process or its guest dies, or when its agent
 * breaks its protocol; see {@link #whenLost()}. Any thread may call any method.
 */
public final class Vm implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Vm.class);

  /** How long the warm-up before a preparation may take on a busy machine. */
  private static final Duration WARM_UP_TIMEOUT = Duration.ofSeconds(60);

  private final String id;
  private final VmKind kind;
  private final Machine machine;
  private final AgentClient agent;
  private @Nullable EthernetLink link; // guarded by this; none before it is used
  private volatile boolean stopping;
  private boolean closed; // guarded by this

  /**
   * Takes ownership of a machine, whose guest need not run yet: the first call to the agent
   * connects.
   */
  Vm(String id, VmKind kind, Machine machine) {
    this.id = id;
    this.kind = kind;
    this.machine = machine;
    agent =
        AgentClient.connect(id, machine::connectAgent, machine::consoleTail, machine.hostStalls());
    machine
        .onExit()
        .thenAccept(exit -> agent.lost(stopping ? "it was stopped" : exit.description()));
    machine.onRefusal().thenAccept(agent::lost);
    agent.whenLost().thenRun(this::killUnlessStopping);
  }

  /**
   * Boots a machine and waits until its guest is ready for use.
   *
   * @throws HypervisorUnavailableException when no child process can be run as it must be
   * @throws BoxStartException when QEMU or the guest ends, the guest is not ready in time, or this
   *     thread is interrupted; its interrupt status is then set; nothing of the machine is left
   */
  public static Vm boot(BoxDirectories directories, VmSpec spec) {
    return new ColdBoot(directories, spec).run(() -> {});
  }

  /** Returns the box's id. */
  public String id() {
    return id;
  }

  /** Returns the hypervisor and the machine's spec. */
  public VmKind kind() {
    return kind;
  }

  /** Returns the agent in the guest. */
  public AgentClient agent() {
    return agent;
  }

  /**
   * Returns the link to its network card.
   *
   * @param networks serves the link
   * @throws BoxliteException if the hypervisor does not connect the card
   * @throws IllegalStateException if it has no network card, or is closed
   */
  public synchronized EthernetLink link(Networks networks) {
    if (closed) {
      throw new IllegalStateException("box " + id + " is closed");
    }
    try {
      if (link == null) {
        link = networks.link(machine.connectNetworkCard());
      }
      return link;
    } catch (IOException e) {
      throw new BoxliteException("box " + id + " has no network: " + e.getMessage(), e);
    }
  }

  /** Returns the last lines of the guest's console; may be empty. */
  public String consoleTail() {
    return machine.consoleTail();
  }

  /** Returns the id of its process on the host. */
  public long pid() {
    return machine.pid();
  }

  /** Returns how its process is isolated from the host. */
  public ProcessIsolation isolation() {
    return machine.isolation();
  }

  /** Completes once, with the reason, when the machine can no longer be used. */
  public CompletableFuture<BoxLoss> whenLost() {
    return agent.whenLost();
  }

  /** Returns whether its process has ended. */
  boolean hasEnded() {
    return machine.onExit().isDone();
  }

  /**
   * Brings a booted VM into the state that boxes of its kind start from.
   *
   * @param networks serves what the steps reach
   * @param startTimeout how long creating directories may take
   * @throws BoxStartException when a directory cannot be created or a command fails
   */
  void prepare(TemplateSpec spec, Networks networks, Duration startTimeout)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (!spec.directories().isEmpty()) {
      agent.makeDirectories(spec.directories(), startTimeout);
    }
    GuestWarmUp.readPrograms(agent, Deadline.in(WARM_UP_TIMEOUT));
    if (!kind.machine().networkCard() || spec.preparation().isEmpty()) {
      Preparation.run(agent, spec.preparation());
      return;
    }
    try (BoxGateway gateway = networks.gateway(spec.network());
        NetworkSession session = networks.serve(agent, link(networks), gateway)) {
      Preparation.run(agent, spec.preparation());
    }
  }

  /**
   * Disconnects from the agent for good; only {@link #close()} may follow.
   *
   * @return the token that the agent writes to its console when it is disconnected
   */
  String detach(Duration timeout) {
    stopping = true;
    return agent.detach(timeout);
  }

  /** Stops the virtual processors until {@link #resume()}. */
  void pause(Duration timeout) throws HypervisorException, InterruptedException {
    machine.pause(timeout);
  }

  /** Lets the VM continue, without waiting for it. The VM is lost when the hypervisor refuses. */
  void resume() {
    machine.resume();
  }

  /** Closes a VM that did not become ready, and returns the exception that says why. */
  BoxStartException startFailure(Throwable failure, Deadline deadline) {
    return new StartFailure(id, kind.machine().cpus(), deadline).of(failure, machine, this);
  }

  /**
   * Copies its scratch disk, as it is at this moment, into a new file.
   *
   * @throws BoxliteException when that fails, such as on a full disk, or takes longer, or this
   *     thread is interrupted; its interrupt status is then set
   */
  public void saveDisk(Path file, Duration timeout) {
    try {
      machine.copyDisk(file, Deadline.in(timeout));
    } catch (IOException | HypervisorException e) {
      throw new BoxliteException(
          "the disk of box " + id + " cannot be copied to " + file + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while copying the disk of box " + id, e);
    }
  }

  /**
   * Asks the guest to end its processes, sync its file systems and power off, and kills it when
   * that takes too long. Its files stay until {@link #close()}.
   *
   * @param timeout how long the guest may take
   */
  public void stop(Duration timeout) {
    stopping = true;
    Deadline deadline = Deadline.in(timeout);
    try {
      agent.shutdown(deadline.left());
      agent.lost("it was stopped");
      if (machine.awaitExit(deadline.left()).isEmpty()) {
        log.warn("box {} did not power off within {}; killing it", id, timeout);
      }
    } catch (BoxliteException e) {
      log.debug("box {} cannot be shut down; killing it", id, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      agent.lost("it was stopped");
      machine.end();
    }
  }

  /** Kills the VM and deletes its files; returns when nothing of it is left. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    stopping = true;
    boolean interrupted = Thread.interrupted();
    try (machine) {
      if (link != null) {
        // Programs that end with the connection to the agent would end their connections in order.
        link.close();
      }
      agent.closing();
      // The kernel frees its memory while the connection ends.
      machine.kill();
      agent.close();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Kills a lost VM: a guest that broke the protocol, or hangs, could otherwise run forever. */
  private void killUnlessStopping() {
    if (!stopping) {
      machine.kill();
    }
  }
}
